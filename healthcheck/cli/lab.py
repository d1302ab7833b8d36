"""`healthcheck lab`: the built-in patients."""

import typer


def add_to(app: typer.Typer) -> None:
    """Add the command group."""
    group = typer.Typer(
        help="The built-in example domains: list them, or serve them to other programs.",
        rich_markup_mode=None,
        add_completion=False,
    )
    group.callback(invoke_without_command=True)(patients)
    app.add_typer(group, name="lab")


def patients(context: typer.Context) -> int:
    """List the patients, each with the command that shows its illness."""
    if context.invoked_subcommand is not None:
        return 0
    from healthcheck.world.lab import patients as all_patients  # start-up time: dnspython

    for patient in all_patients():
        typer.echo(f"{patient.domain}\n    {patient.illness}")
        typer.echo(f"    {' '.join(['healthcheck domain', patient.domain, *patient.options, '--lab'])}")
    return 0
