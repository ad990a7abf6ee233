"""`clinicards models knowledge`: what the reviewed tables behind the models cover, and their gaps."""

import os
from pathlib import Path
from typing import Annotated

import typer

from cds.cli.catalogue import FAILED, refuse, say_json
from models.knowledge.drugs.coverage import Coverage, coverage
from models.knowledge.drugs.errors import DrugTableError
from models.knowledge.drugs.knowledge import load_drugs

_SHOWN = 12


def knowledge(
    drugs: Annotated[bool, typer.Option("--drugs", help="The drug tables.")] = False,
    report: Annotated[
        bool, typer.Option("--report", help="Conditions and findings, by field, age and urgency.")
    ] = False,
    data: Annotated[
        Path | None,
        typer.Option("--data", exists=True, file_okay=False, help="Folder of public lists to resolve."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Show what knowledge tables cover."""
    if report:
        _diagnosis(as_json=as_json)
        return
    if not drugs:
        refuse("name the tables: --drugs, or --report for conditions and findings", as_json=as_json)
    folder = os.environ.get("CLINICARDS_DATA")
    try:
        found = coverage(load_drugs(), data or (Path(folder) if folder else None))
    except DrugTableError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(FAILED) from error
    if as_json:
        say_json(found.as_dict())
    else:
        typer.echo("\n".join(_lines(found)))


def _diagnosis(*, as_json: bool) -> None:
    from models.knowledge.diagnosis import KnowledgeError
    from models.knowledge.diagnosis.report import report

    try:
        words = report()
    except KnowledgeError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(FAILED) from error
    if as_json:
        say_json({"report": words})
    else:
        typer.echo(words)


def _lines(found: Coverage) -> list[str]:
    levels = ", ".join(f"{number} {level}" for level, number in found.severities.items())
    return [
        *(f"{table:<20} {number:>6}" for table, number in found.rows.items()),
        "",
        f"rules: {levels}; {found.interruptive} may interrupt",
        f"ingredients without an RxNorm code: {found.ingredients_without_code}",
        _gap("ingredients without a class", found.ingredients_without_class),
        _gap("ingredients without a rule", found.ingredients_without_rule),
        _gap("classes that no rule names", found.classes_without_rule),
        *_displays(found),
    ]


def _gap(what: str, names: tuple[str, ...]) -> str:
    if not names:
        return f"{what}: none"
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{what}: {len(names)} ({', '.join(names[:_SHOWN])}{more})"


def _displays(found: Coverage) -> list[str]:
    if found.displays is None:
        return ["displays resolved: not measured (--data FOLDER)"]
    counts = f"{found.displays.resolved} of {found.displays.displays}"
    return [f"displays resolved: {counts}", _gap("displays unresolved", found.displays.unresolved)]
