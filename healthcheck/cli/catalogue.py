"""`healthcheck checks`: the catalogue."""

from typing import Annotated

import typer

from healthcheck.cli.options import BadOption, ListFormat


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("checks", short_help="The catalogue: what is checked, and all that may be said.")(checks)


def checks(
    check_id: Annotated[str | None, typer.Argument(metavar="ID", show_default=False)] = None,
    form: Annotated[ListFormat, typer.Option("--format", help="How the list is written.")] = ListFormat.TEXT,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of the report.")] = False,
) -> int:
    """List all checks, or tell what one check may say: ID is its id, the first words of one, or a finding's code."""
    from checks.registry import CHECKS  # start-up time: the checks are imported to list them, not for --help
    from healthcheck.cli.output import must_be_writable, write
    from healthcheck.engine import CRASHED
    from healthcheck.render import catalogue, json

    must_be_writable(None)
    if schema:
        write(json.schema(), for_people=False)
    elif form is ListFormat.JSON:
        from healthcheck.render.catalogue_json import listed  # start-up time: for this format alone

        told = listed(CHECKS, check_id)
        if not told:
            raise BadOption(f"{check_id!a} is no check: healthcheck checks lists them")
        write(told, for_people=False)
    elif check_id is None:
        write(catalogue.overview(CHECKS))
    elif told := catalogue.details(CHECKS, (CRASHED,), check_id):
        write(told)
    else:
        raise BadOption(f"{check_id!a} is no check and no code: healthcheck checks lists them")
    return 0
