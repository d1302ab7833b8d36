"""The `healthcheck` command, also as `python -m healthcheck`."""

import sys


def main() -> None:
    """Run the command line. `--version` is answered before anything heavy is imported."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from healthcheck import __version__  # start-up time: nothing else is needed

        print(f"healthcheck {__version__}")  # noqa: T201 - the result
        return
    from healthcheck.cli import run  # start-up time: typer is needed from here on only

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
