"""The root command: what every command shares, and the one place that turns errors into exit codes."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cds import plugins
from cds.cli import demo, serve
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


@app.callback()
def root(
    config: Annotated[  # read from the context by the commands
        Path | None, typer.Option(help="The settings file; clinicards.toml in this folder where not given.")
    ] = None,
    version: Annotated[  # answered by its callback
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Take the options that stand before every command."""


app.command("demo")(demo.demo)
app.command("serve")(serve.serve)


def main() -> None:
    """Run the command line; an error that we know is one line, not a traceback."""
    try:
        app()
    except CdsError as error:
        Console(stderr=True).print(f"[bold red]{error.title}:[/bold red] ", end="")
        Console(stderr=True, markup=False, highlight=False).print(error.message)
        sys.exit(2)
