"""The command line: parse, run, render, exit code. One module a command group; no judgement lives here.

Exit codes: 0 pass (warnings allowed), 1 fail, 2 usage or configuration error, 3 inconclusive, 70 a bug of ours, 130
interrupted, 141 nobody reads the output any more. Results go to standard output; progress, hints and errors to
standard error. What a person gave and cannot be used is a BadInput, raised anywhere and said here in one sentence.
"""

import contextlib
import errno
import os
import re
import sys
import warnings
from collections.abc import Sequence
from importlib import import_module

import typer

from checks.bad_input import BadInput
from healthcheck.cli.habits import in_our_words, in_their_words, instead
from healthcheck.cli.say import say

USAGE = 2
INTERNAL = 70
INTERRUPTED = 130
BROKEN_PIPE = 141

UsageError: type[Exception] = typer.BadParameter.__mro__[1]
"""What typer raises for an unknown option and the like: it carries its own click and exports this one subclass only."""

COMMANDS = {
    "domain": "domain",
    "spf": "spf",
    "dmarc": "dmarc",
    "ip": "ip",
    "explain": "explain",
    "codes": "explain",
    "lists": "lists",
    "errors": "errors",
    "ticket": "ticket",
    "replay": "replay",
    "diff": "diff",
    "monitor": "monitor",
    "history": "history",
    "init": "init",
    "config": "config",
    "checks": "catalogue",
    "lab": "lab",
}
"""Every command, in the order of --help, and the module of this package that adds it."""


def _version(asked: bool) -> None:
    if asked:
        from healthcheck import __version__  # beside the fast path in __main__, for `healthcheck --version domain`

        typer.echo(f"healthcheck {__version__}")
        raise typer.Exit


def _healthcheck(
    version: bool = typer.Option(False, "--version", "-V", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """Only for --version."""


def application(arguments: Sequence[str] = ()) -> typer.Typer:
    """The command line; of the commands only the one that the arguments name, or all where they name none.

    Start-up time: a run needs one of them, and each costs its import and the reading of its options.
    """
    app = typer.Typer(
        name="healthcheck",
        help="Why is my mail failing, is it proven, who must act, and what exactly do I change?",
        add_completion=False,
        rich_markup_mode=None,  # 0001-typer-version: half of the time of --help
        pretty_exceptions_enable=False,
    )
    app.callback()(_healthcheck)
    named = next((word for word in arguments if not word.startswith("-")), "")
    modules = (COMMANDS[named],) if named in COMMANDS else dict.fromkeys(COMMANDS.values())
    for module in modules:
        import_module(f"healthcheck.cli.{module}").add_to(app)
    return app


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code. Whatever goes wrong is one sentence on standard error."""
    _let_every_character_out()
    typed, arguments = arguments, in_our_words(arguments)
    # An interrupted run leaves branches that never began, inside others that never began: out of reach, and no news. They
    # are cleared away some time after the run, so this is to last.
    warnings.filterwarnings("ignore", "coroutine .* was never awaited", RuntimeWarning)
    try:
        # Without a command there is nothing to do, and nothing was found to be well: the help, and the code of misuse.
        code = application(arguments)(
            args=list(arguments) or ["--help"], prog_name="healthcheck", standalone_mode=False
        )
        if sys.stdout is not None:
            sys.stdout.flush()
    except (KeyboardInterrupt, typer.Abort):
        return _unknown("interrupted") if _is_plugin(arguments) else INTERRUPTED
    except BadInput as fault:
        return _complain(str(fault), arguments)
    except UsageError as fault:
        return _complain(_usage(fault, arguments, typed), arguments)
    except (BrokenPipeError, SystemExit):  # typer makes the one into the other, with the code of a fail
        _leave_no_output_behind()
        return BROKEN_PIPE
    except Exception as fault:
        # Only --help gets here with a full disk: results are written with more care.
        if isinstance(fault, OSError) and fault.errno == errno.ENOSPC:
            _leave_no_output_behind()
            return _complain(f"cannot write to standard output: {fault.strerror}", arguments)
        return _confess(fault, arguments)
    if not arguments:
        return USAGE
    return code if isinstance(code, int) else 0


def _let_every_character_out() -> None:
    """A terminal or a file that cannot show a character gets its escape, not a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _leave_no_output_behind() -> None:
    """Whoever read our output has left; a second complaint when Python flushes at its end would help nobody."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _usage(fault: Exception, arguments: Sequence[str], typed: Sequence[str]) -> str:
    """Typer's own complaint as a sentence of ours: what is wrong, and where to read what is right."""
    context = getattr(fault, "ctx", None)
    command = context.command_path if context is not None else " ".join(["healthcheck", *arguments[:1]])
    sentence = str(fault.format_message()) if hasattr(fault, "format_message") else str(fault)
    if meant := instead(sentence, arguments):
        return meant
    if command == "healthcheck" and (option := getattr(fault, "option_name", "")):
        word = in_their_words(option, typed)
        return (
            f"no command stands before {word}: begin with one, as in healthcheck domain DOMAIN; see healthcheck --help"
        )
    return f"{sentence[:1].lower()}{sentence[1:].rstrip('.')}: see {command} --help"


def _is_plugin(arguments: Sequence[str]) -> bool:
    """True where a monitoring system runs us: it reads four exit codes and standard output, whatever goes wrong."""
    asked = " ".join(arguments)
    return re.search(r"--format[ =]nagios(?: |$)", asked) is not None


def _unknown(sentence: str) -> int:
    """What went wrong, as a plugin says it: every such path is UNKNOWN, and never a state of the mail."""
    from healthcheck.render.nagios import UNKNOWN, trouble  # start-up time: for plugins only

    with contextlib.suppress(OSError, ValueError, AttributeError):  # nobody may be there to read it
        sys.stdout.write(trouble(sentence))
        sys.stdout.flush()
    return UNKNOWN


def _complain(sentence: str, arguments: Sequence[str]) -> int:
    if _is_plugin(arguments):
        return _unknown(sentence)
    from checks.text import inert  # start-up time: most runs complain of nothing

    say(str(inert(sentence)))  # on one line, whatever was typed
    return USAGE


def _confess(fault: Exception, arguments: Sequence[str]) -> int:
    """A bug of ours: one sentence, and with -v where it is."""
    if any(word == "--verbose" or re.fullmatch("-[a-zA-Z]*v[a-zA-Z]*", word) for word in arguments):
        import traceback  # start-up time: for bugs only

        say(*traceback.format_exception(fault))
    if _is_plugin(arguments):
        return _unknown(f"a bug in healthcheck: {type(fault).__name__}")
    say(
        f"this is a bug in healthcheck, not in the mail: {type(fault).__name__}: {' '.join(str(fault).split())[:300]}; "
        "run again with -v to see where, and report it"
    )
    return INTERNAL
