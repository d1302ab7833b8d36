"""Which address is judged by which name: return paths and HELO names of streams."""

from ipaddress import ip_address

from checks.model import Origin, Stream, Target

OWN, SERVICE = ip_address("192.0.2.25"), ip_address("198.51.100.7")
LETTERS = Stream(Origin.MESSAGE, "bounce.example.net", (), "out.example.net", (SERVICE,))
BOUNCE = Stream(Origin.MESSAGE, "", (), "mx.example.com", (OWN,))
FORGED = Stream(Origin.REPORT, "example.com", None, "evil.example.org", (SERVICE,))


def judged(target: Target) -> list[tuple[str, str, bool]]:
    return [(str(one.address), one.domain, one.null) for one in target.senders]


def test_an_address_given_with_a_return_path_is_judged_by_it_and_by_that_of_its_messages() -> None:
    target = Target("example.com", (SERVICE,), mail_from="example.com", learned=(LETTERS,))
    assert judged(target) == [(str(SERVICE), "example.com", False), (str(SERVICE), "bounce.example.net", False)]


def test_an_address_given_without_one_has_that_of_its_messages() -> None:
    target = Target("example.com", (SERVICE, OWN), learned=(LETTERS,))
    assert judged(target) == [(str(OWN), "example.com", False), (str(SERVICE), "bounce.example.net", False)]


def test_a_bounce_does_not_tell_the_return_path_of_other_mail() -> None:
    target = Target("example.com", (OWN,), learned=(BOUNCE,))
    assert judged(target) == [(str(OWN), "example.com", False), (str(OWN), "mx.example.com", True)]


def test_helo_names_are_those_given_and_those_of_messages_but_not_of_reports() -> None:
    target = Target("example.com", (OWN,), helo="mail.example.com", learned=(LETTERS, BOUNCE, FORGED))
    assert target.greetings == (
        (OWN, "mail.example.com"),
        (SERVICE, "out.example.net"),
        (OWN, "mx.example.com"),
    )
    assert Target("example.com", helo="mail.example.com").greetings == ()
    assert Target("example.com", (OWN,)).greetings == ()
