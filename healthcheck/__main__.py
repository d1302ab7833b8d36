"""The `healthcheck` command, also as `python -m healthcheck`."""

import gc
import sys


def main() -> None:
    """Run the command line. `--version` is answered before anything heavy is imported."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        _print_version()
        return
    # Importing makes a hundred thousand objects that stay; looking through them again and again is a tenth of a short run.
    gc.set_threshold(100_000, 50, 1000)
    try:
        from healthcheck.cli import run  # start-up time: typer is needed from here on only

        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # while Python still imports
        code = 130
    sys.exit(code)


def _print_version() -> None:
    from healthcheck import __version__  # start-up time: nothing else is needed

    try:
        print(f"healthcheck {__version__}", flush=True)  # noqa: T201 - the result
    except OSError as fault:
        sys.stdout = None  # nobody takes it: Python is not to try again at its end
        if isinstance(fault, BrokenPipeError):
            sys.exit(141)
        if sys.stderr is not None:
            sys.stderr.write(f"healthcheck: cannot write to standard output: {fault.strerror}\n")
        sys.exit(2)


if __name__ == "__main__":
    main()
