"""Whatever is wrong in a file is said in one sentence that begins with the line and the key."""

import pytest

from healthcheck.config.read import LARGEST, BadConfig, parse, read
from tests.config import DOMAIN, SLACK, said_of

WRONG = (
    ("x", ":1: this is not TOML: expected '=' after a key"),
    ('a = "', ":1: this is not TOML: "),
    (f"{DOMAIN}\n\nips = [", ":5: this is not TOML: "),
    ('a = "\x00"', ":1: this is not TOML: illegal character"),
    ("[monitor]\nevery = 1\nevery = 2", ":3: this is not TOML: cannot overwrite a value"),
    ("domains = []", ":1: domains is not known: did you mean domain?"),
    ("[[domain]]\nnam = 'x.example'", ":2: domain.nam is not known: did you mean name?"),
    (f"{DOMAIN}mail-from = 'x'", ":3: domain.mail-from is not known: did you mean mail_from?"),
    (f"{DOMAIN}ip = []", ":3: domain.ip is not known: did you mean ips?"),
    (
        f"{DOMAIN}[[domain.stream]]\nname = 'n'\nselector = 's'",
        ":5: domain.stream.selector is not known: did you mean sel",
    ),
    ("[monitor.confirmations]\nnetwrok = 2", ":2: monitor.confirmations.netwrok is not known: did you mean network?"),
    ("defaults.name = 'x'", ":1: defaults.name is not known: there are accounts, "),
    ("[domain]\nname = 'x.example'", ":1: domain is a list of tables: begin each with [[domain]]"),
    ("domain = [1]", ":1: domain is a list of tables: begin each with [[domain]]"),
    (
        f"{DOMAIN}[domain.stream]\nname = 'n'",
        ":3: domain.stream is a list of tables: begin each with [[domain.stream]]",
    ),
    ("run = 1", ":1: run is a table: begin it with [run]"),
    ("[[run]]\ntimeout = 1", ":1: run is a table: begin it with [run]"),
    ("accounts = [1]", ":1: accounts is a table: begin it with [accounts]"),
    ("\n[[domain]]\nips = []", ":2: domain has no name: it takes one"),
    ("[[domain]]\nname = 1", ":2: domain.name must be text in quotes, not a whole number"),
    ("[[domain]]\nname = 'x'", ":2: domain.name 'x' is a single label"),
    ("[[domain]]\nname = ''", ":2: domain.name is empty"),
    (f"{DOMAIN}ips = '192.0.2.1'", ":3: domain.ips must be a list in brackets, not text in quotes"),
    (f"{DOMAIN}ips = [\n  '192.0.2.1',\n  '192.0.2',\n]", ":5: domain.ips '192.0.2' is not an address"),
    (f"{DOMAIN}ips = ['10.0.0.1']", ":3: domain.ips 10.0.0.1 is a private address"),
    (f"{DOMAIN}selectors = ['a b']", ":3: domain.selectors 'a b' is not a selector"),
    (f"{DOMAIN}helo = 'a b'", ":3: domain.helo 'a b' is not a name"),
    (f"{DOMAIN}mail_from = 'x'", ":3: domain.mail_from 'x' is a single label"),
    (f"{DOMAIN}logs = ['-']", ":3: domain.logs '-' is not the name of a file"),
    (f"{DOMAIN}interval = '1 h'", ":3: domain.interval is no length of time: give for instance 90s"),
    (f"{DOMAIN}deep = 'yes'", ":3: domain.deep must be true or false, not text in quotes"),
    (f"{DOMAIN}[[domain]]\nname = 'Shop.example.'", ":4: domain.name shop.example is there twice"),
    ("[defaults]\naudience = ['gmail', 'gmial']", ":2: defaults.audience 'gmial' is no provider"),
    ("[defaults]\nlists = ['zen']", ":2: defaults.lists 'zen' is not the zone of a list"),
    ("[defaults]\naccounts = ['spamhaus']", ":2: defaults.accounts 'spamhaus' has no key in [accounts]"),
    ("[run]\nresolvers = ['dns.example']", ":2: run.resolvers 'dns.example' is not a resolver"),
    ("[run]\ntimeout = 0", ":2: run.timeout must be more than 0"),
    ("[run]\ntimeout = nan", ":2: run.timeout must be more than 0"),
    ("[accounts]\nspamhas = {env = 'X'}", ":2: accounts.spamhas is no account"),
    ("[accounts]\nspamhaus = 'abcdefgh1234'", ":2: accounts.spamhaus is a secret in a file that others can read"),
    ("[thresholds]\nbounce.fial = 1", ":2: thresholds.bounce.fial is no threshold: did you mean bounce.fail?"),
    ("[thresholds]\n'bounce.fail' = 8", ":2: thresholds.bounce.fail 8 would be 800%"),
    ("[thresholds]\nbounce.fail = true", ":2: thresholds.bounce.fail must be a number"),
    ("[thresholds]\nbounce.fail = '1%'\nbounce.warn = '2%'", "bounce.warn (2.0000%) is above bounce.fail"),
    ("[severity]\nspf.lookup-limt = 'error'", ":2: severity.spf.lookup-limt 'spf.lookup-limt' names no check"),
    ("[severity]\nspf = 'bad'", ":2: severity.spf is not one of info, notice, warning, error, critical, off"),
    ("[severity]\nspf = ['error']", ":2: severity.spf is not one of info"),
    ("[[ignore]]\nid = 'spf'\ndomain = '*'\nreason = 'x'", ":1: ignore has no expires"),
    ("[[ignore]]\nid = 'spf'\ndomain = '*'\nexpires = 2027-01-31", ":1: ignore has no reason: it takes one"),
    ("[[ignore]]\nid = 'spf'\nreason = 'x'\nexpires = 2027-01-31", ":1: ignore has no domain: it takes one"),
    ("[[ignore]]\nid = 'spf'\ndomain = '*'\nreason = ' '\npermanent = true", ":4: ignore.reason is empty"),
    ("[[ignore]]\nid = 'spf'\ndomain = '*'\npermanent = true", ":1: ignore has no reason: it takes one"),
    (
        "[[ignore]]\nid = 'spf'\ndomain = '*'\nreason = 'x'\npermanent = true\nexpires = 2027-01-31",
        "permanent and expires",
    ),
    ("[[ignore]]\nid = 'spf'\ndomain = '*'\nreason = 'x'\nexpires = 'soon'", ":5: ignore.expires is no date"),
    ("[[ignore]]\nid = 'sfp'\ndomain = '*'\nreason = 'x'\npermanent = true", ":2: ignore.id 'sfp' names no check"),
    ("[monitor]\nevery = '1x'", ":2: monitor.every is no length of time"),
    ("[monitor]\nevery = '0h'", ":2: monitor.every '0h' is no length of time"),
    ("[monitor.confirmations]\nnetwork = 0", ":2: monitor.confirmations.network must be at least 1"),
    ("[monitor.flapping]\nstart = 10", ":1: monitor.flapping must stop below where it starts"),
    (
        "[monitor]\nstore = 'postgresql://u:pw@db.example/x'",
        ":2: monitor.store is a secret in a file that others can read",
    ),
    ("[[alert]]\nname = 'a'\nkind = 'slak'", ":3: alert.kind is not one of alertmanager, apprise, email"),
    (SLACK, ":1: alert of kind slack has no url"),
    (f"{SLACK}url = 'https://hooks.example/T0/SECRET'", ":4: alert.url is a secret in a file that others can read"),
    (f"{SLACK}url = {{env = 'X', file = 'y'}}", ":4: alert.url is no reference to a secret"),
    (f"{SLACK}url = {{evn = 'X'}}", ":4: alert.url is no reference to a secret"),
    (f"{SLACK}url = {{env = 'X Y'}}", ":4: alert.url env is not the name of an environment variable"),
    (f"{SLACK}url = {{command = []}}", ":4: alert.url is no reference to a secret"),
    (f"{SLACK}url = {{credential = '../x'}}", ":4: alert.url credential is not the name of a credential"),
    (f"{SLACK}url = {{env = 'X'}}\npassword = {{env = 'Y'}}", ":5: alert.password is not for kind slack"),
    (f"{SLACK}url = {{env = 'X'}}\nseverities = ['notice']", ":5: alert.severities is not one of critical, error"),
    (f"{SLACK}url = {{env = 'X'}}\n{SLACK}url = {{env = 'Y'}}", ":6: alert.name 'ops' is there twice"),
)


@pytest.mark.parametrize(("text", "said"), WRONG, ids=[said for _, said in WRONG])
def test_a_wrong_file_is_told_by_line_and_key(text, said):
    assert said in said_of(text)


def test_a_secret_is_not_repeated_by_the_complaint_about_it():
    assert "SECRET" not in said_of(f"{SLACK}url = 'https://hooks.example/T0/SECRET'")
    assert "SECRET" not in said_of(f"{SLACK}url = {{env = 'SECRET SECRET'}}")
    assert "SECRET" not in said_of(f"{SLACK}url = {{token = 'SECRET'}}")


@pytest.mark.parametrize(
    "text",
    ["a = " + "[" * 100_000, "a = " + "1" * 5000, ".".join(["a"] * 200) + " = 1", '"a".' * 200 + "b = 1"],
    ids=["nested", "digits", "dots", "quoted dots"],
)
def test_what_would_exhaust_the_reader_is_refused(text):
    assert said_of(text)


def test_bytes_that_are_no_text_are_told_by_line(tmp_path):
    path = tmp_path / "healthcheck.toml"
    path.write_bytes(b"# fine\n# caf\xe9\n")
    with pytest.raises(BadConfig, match=r"toml:2: byte 0xe9 is not UTF-8"):
        read(path)


def test_a_file_too_large_is_not_read(tmp_path):
    path = tmp_path / "healthcheck.toml"
    path.write_bytes(b"#" * (LARGEST + 1))
    with pytest.raises(BadConfig, match="larger than 8 MiB"):
        read(path)


def test_a_mark_of_byte_order_and_windows_line_ends_are_read(tmp_path):
    path = tmp_path / "healthcheck.toml"
    path.write_bytes(b'\xef\xbb\xbf[[domain]]\r\nname = "shop.example"\r\n')
    assert read(path).config.domain[0].name == "shop.example"


def test_names_and_defaults_come_in_normal_form():
    config = parse("[defaults]\ndeep = true\ntags = ['a']\n[[domain]]\nname = 'München.example.'\ndeep = false\n")
    (domain,) = config.domain
    assert (domain.name, domain.deep, domain.tags) == ("xn--mnchen-3ya.example", False, ("a",))


def test_dotted_names_may_stand_with_quotes_or_without():
    plain = parse("[severity]\ndmarc.enforced = 'notice'\n[thresholds]\nbounce.fail = '8%'\n")
    quoted = parse("[severity]\n'dmarc.enforced' = 'notice'\n[thresholds]\n'bounce.fail' = 0.08\n")
    assert plain == quoted
    assert plain.thresholds == {"bounce.fail": 0.08}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            '[[domain]]\nname = "a.example"\nname = "b.example"\n',
            "healthcheck.toml:3: this is not TOML: cannot overwrite a value: name is there twice",
        ),
        ('[monitor]\nevery = "1s"\n', "healthcheck.toml:2: monitor.every asks the same caches"),
        ('[defaults]\ninterval = "9s"\n', "healthcheck.toml:2: defaults.interval asks the same caches"),
        ('[monitor.retention]\nreports = "999999w"\n', "longer than a thousand years"),
        (
            '[severity]\nspf.lookup-limit = "off"\n"spf.lookup-limit" = "error"\n',
            ":3: severity.spf.lookup-limit is there twice",
        ),
        ('[thresholds]\nbounce.fail = 0.1\n"bounce.fail" = 0.2\n', ":3: thresholds.bounce.fail is there twice"),
        ('[[alert]]\nname = "x\\u001b[31m"\nkind = "slack"\nurl = {env = "A"}\n', ":2: alert.name holds a character"),
    ],
)
def test_what_would_be_found_out_late_or_never_is_said_with_its_line(text, words):
    with pytest.raises(BadConfig) as raised:
        parse(text)
    assert words in str(raised.value)
    assert str(raised.value).isprintable()
