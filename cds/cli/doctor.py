"""`clinicards doctor`: what is wrong with this installation, and the fix."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cds.cli.settings import DEFAULT
from cds.errors import CdsError
from cds.fire.machine import MachineClock


def doctor(
    context: typer.Context,
    ehr: Annotated[
        str, typer.Option(help="Also check what this EHR wants: epic, oracle, athena, medplum.")
    ] = "",
    url: Annotated[str, typer.Option(help="The base URL of the running service, as the EHR calls it.")] = "",
    origin: Annotated[
        list[str] | None, typer.Option(help="A browser origin to check beside those registered.")
    ] = None,
    config: Annotated[Path | None, typer.Option(help="The settings file (as before the command).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Check everything and say the fix; exit 0 fine, 1 something will not work, 2 could not begin."""
    from cds.cli.logging import configure
    from cds.doctor import report
    from cds.doctor.examination import Wanted, examine

    configure("error")
    named = config or context.find_root().params.get("config")
    path = Path(named) if named else DEFAULT if DEFAULT.exists() else None
    if ehr and not as_json:
        told = f"Every service is fired at the synthetic patients as {ehr} would see it: up to a minute."
        typer.echo(told, err=True)
    try:
        checks = examine(Wanted(path, url, ehr, tuple(origin or ())), clock=MachineClock())
    except CdsError as error:
        Console(stderr=True, markup=False, highlight=False).print(f"doctor: {error}", soft_wrap=True)
        raise typer.Exit(2) from None
    if as_json:
        typer.echo(json.dumps(report.as_json(checks), indent=2, ensure_ascii=False))
    else:
        Console(highlight=False).print(report.render(checks))
    raise typer.Exit(report.exit_code(checks))
