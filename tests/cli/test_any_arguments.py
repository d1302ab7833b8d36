"""Whatever is typed: an exit code that means something, no traceback, nothing that acts on the terminal."""

import contextlib
import io
import os

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from healthcheck import cli

COMMANDS = ("domain", "ip", "spf", "dmarc", "lists", "checks", "replay", "lab")
WORDS = (
    *(
        "shop.example",
        "example.com",
        "flaky.example",
        "listed.example",
        "192.0.2.25",
        "2001:db8::25",
        "10.0.0.1",
        "kim@example.com",
    ),
    *(
        "",
        " ",
        ".",
        "-",
        "--",
        "@",
        "x",
        "com",
        "*",
        "0",
        "-1",
        "nan",
        "1e99",
        "all",
        "default",
        "münchen.example",
        "\x1b[31m",
    ),
    *(
        "\udcff",
        "\u202e",
        "a" * 300,
        "spf",
        "spf.lookup-limit",
        "spf.lookup-limit.exceeded",
        "/",
        "/dev/null",
        "/nonexistent/x",
    ),
    *("text", "json", "ndjson", "markdown", "never", "warn", "<>", "zen.spamhaus.org", "s1"),
)
OPTIONS = (
    *(
        "--ip",
        "--selector",
        "--mail-from",
        "--helo",
        "--timeout",
        "--zone",
        "--overlay",
        "--only",
        "--skip",
        "--format",
        "--list",
        "--message",
        "--report",
        "--for",
    ),
    *(
        "--no-list",
        "--lists",
        "--fail-on",
        "--domain",
        "--sender",
        "--file",
        "--schema",
        "--json",
        "-v",
        "-q",
        "--deep",
        "--help",
    ),
)
ANSWERS = {0, 1, 2, 3}

arguments = st.builds(
    lambda command, words: [command, *words],
    st.sampled_from(COMMANDS),
    st.lists(st.one_of(st.sampled_from(WORDS), st.sampled_from(OPTIONS), st.text(max_size=8)), max_size=6),
)


@pytest.fixture(scope="module", autouse=True)
def elsewhere(tmp_path_factory):
    """A folder of its own: a drawn argument may name a file to write."""
    before = os.getcwd()
    os.chdir(tmp_path_factory.mktemp("elsewhere"))
    yield
    os.chdir(before)


@settings(deadline=None, max_examples=150)
@given(arguments)
@example(["spf", "example.com", "--ip", "192.0.2.25"])
@example(["dmarc", "example.com", "--format", "json"])
@example(["ip", "192.0.2.25"])
@example(["domain", "example.com", "--overlay", "\n"])
def test_every_command_line_ends_with_an_answer_or_one_sentence(words):
    given_world = ["--lab"] if words[0] in ("domain", "ip", "spf", "dmarc") else []
    code, out, err = ended([words[0], *given_world, *words[1:]])
    assert code in ANSWERS, err
    assert all(line.isprintable() for line in (out + err).split("\n"))
    assert "Traceback" not in err
    if code == 2:
        assert err.count("\n") == 1
        assert err.startswith("healthcheck: ")
        assert len(err) < 5_000


def ended(words: list[str]) -> tuple[int, str, str]:
    """The exit code of a command line with its two outputs."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = cli.run(words)
    return code, out.getvalue(), err.getvalue()
