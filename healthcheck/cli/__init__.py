"""The command line: parse, run, render, exit code. One module a command group; no judgement lives here.

Exit codes: 0 pass (warnings allowed), 1 fail, 2 usage or configuration error, 3 inconclusive, 130 interrupted.
Results go to standard output; progress, hints and errors to standard error.
"""

import contextlib
import os
import sys
from collections.abc import Sequence

import typer

from healthcheck.cli import catalogue, domain, lab, replay

USAGE = 2
INTERNAL = 70
INTERRUPTED = 130
BROKEN_PIPE = 141

app = typer.Typer(
    name="healthcheck",
    help="Why is my mail failing, is it proven, who must act, and what exactly do I change?",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # 0001-typer-version: half of the time of --help
    pretty_exceptions_enable=False,
)
domain.add_to(app)
replay.add_to(app)
catalogue.add_to(app)
lab.add_to(app)


def _version(asked: bool) -> None:
    if asked:
        from healthcheck import __version__  # beside the fast path in __main__, for `healthcheck --version domain`

        typer.echo(f"healthcheck {__version__}")
        raise typer.Exit


@app.callback()
def _healthcheck(
    version: bool = typer.Option(False, "--version", "-V", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """Only for --version."""


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code. Every error of the person's is one sentence on standard error."""
    try:
        code = app(args=list(arguments), prog_name="healthcheck", standalone_mode=False)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has left; a traceback at exit would help nobody.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except ValueError as fault:
        if not is_said(fault):
            raise
        return complain(str(fault))
    except OSError as fault:
        return complain(f"{fault.filename or 'standard output'}: {fault.strerror}")
    except Exception as fault:
        show = getattr(fault, "format_message", None)  # typer's usage errors
        if show is None:
            raise
        return complain(f"{show()} (healthcheck --help shows the options)")
    return code if isinstance(code, int) else 0


def is_said(fault: ValueError) -> bool:
    """True for the errors whose message is a sentence for the person at the keyboard."""
    return type(fault).__name__.startswith("Bad")


def complain(sentence: str) -> int:
    """Say what is wrong, on standard error, in one line; return the exit code for it."""
    print("healthcheck: " + " ".join(sentence.split()), file=sys.stderr)  # noqa: T201
    return USAGE
