"""The root command: what every command shares, and the one place that turns errors into exit codes."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from adapters.ports import PortError
from cds import plugins
from cds.cli import (
    admin,
    ask,
    audit,
    client,
    conformance,
    deid,
    demo,
    doctor,
    fire,
    keys,
    models,
    purge,
    reidentify,
    run,
    serve,
)
from cds.cli import config as config_commands
from cds.cli.door import AdminDoor
from cds.cli.settings import settings_of
from cds.errors import CdsError

app = typer.Typer(
    name="clinicards",
    help="Cards for clinicians: CDS Hooks from de-identified records. Research only, not a medical device.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"clinicards {plugins.version()}")
        raise typer.Exit


class Root:
    """What sub-commands of administration find in the context."""

    def __init__(self, context: typer.Context) -> None:
        self._context = context

    def admin(self) -> AdminDoor:
        """Open the installation that the settings name."""
        from cds.wiring import open_door

        return open_door(settings_of(self._context))


@app.callback()
def root(
    context: typer.Context,
    config: Annotated[  # read from the context by the commands
        Path | None, typer.Option(help="The settings file; clinicards.toml in this folder where not given.")
    ] = None,
    version: Annotated[  # answered by its callback
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Take the options that stand before every command."""
    context.obj = Root(context)


app.command("demo")(demo.demo)
app.command("serve")(serve.serve)
app.command("fire")(fire.fire)
app.command("conformance")(conformance.conformance)
app.command("doctor")(doctor.doctor)
app.command("run")(run.run)
app.command("ask")(ask.ask)
app.command("purge")(purge.purge)
app.command("re-identify")(reidentify.re_identify)
app.command("re-identifications")(reidentify.re_identifications)
app.add_typer(models.app, name="models")
app.command("train")(models.train)
app.command("evaluate")(models.evaluate)
for name, part in (
    ("client", client),
    ("deid", deid),
    ("config", config_commands),
    ("admin", admin),
    ("keys", keys),
    ("audit", audit),
):
    app.add_typer(part.app, name=name)


def main() -> None:
    """Run the command line; an error that we know is one line, not a traceback."""
    try:
        app()
    except CdsError as error:
        Console(stderr=True).print(f"[bold red]{error.title}:[/bold red] ", end="")
        Console(stderr=True, markup=False, highlight=False).print(error.message)
        sys.exit(2)
    except PortError as error:
        Console(stderr=True).print(f"error: {error}", markup=False, highlight=False)
        sys.exit(2)
