"""`clinicards ask`: a story in, what to consider and why, and the next question, which may be answered."""

import sys
from typing import Annotated

import typer
from rich.console import Console

from cds.cli.asked import answer, given_options, invite, show, story_of, vital_options
from cds.cli.catalogue import FAILED, refusals, refuse, registry, say_json
from cds.consult.asking import SETTINGS, SEXES, Query, faults
from cds.consult.reading import MODEL, Consulted, consult, longest, read
from models.base import Model


def ask(
    context: typer.Context,
    text: Annotated[
        str,
        typer.Argument(
            help="The story, in English; - reads it from standard input, where no shell history keeps it."
        ),
    ],
    age: Annotated[
        float | None, typer.Option(help="Age in years; as the story tells it if not given.")
    ] = None,
    age_days: Annotated[float | None, typer.Option(help="Age in days, for infants.")] = None,
    sex: Annotated[str, typer.Option(help=f"{', '.join(SEXES)}.")] = "unknown",
    setting: Annotated[str, typer.Option(help=f"{', '.join(SETTINGS)}.")] = "primary-care",
    pregnant: Annotated[bool | None, typer.Option(help="Whether she is pregnant.")] = None,
    immunosuppressed: Annotated[bool | None, typer.Option(help="Whether immunity is suppressed.")] = None,
    vital: Annotated[
        list[str] | None,
        typer.Option(help="A value: temperature=38.6, oxygen-saturation=92; may be repeated."),
    ] = None,
    finding: Annotated[
        list[str] | None, typer.Option(help="An answer: CODE=yes, no or unknown; may be repeated.")
    ] = None,
    interactive: Annotated[
        bool | None, typer.Option(help="Answer the next questions here; on where both ends are a terminal.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The model's answer in JSON.")] = False,
) -> None:
    """Read a story of an illness: what was understood, red flags, what to consider, what to ask next."""
    with refusals(as_json=as_json):
        model = registry(context).get(MODEL)
    try:
        query = Query(
            story=story_of(text, sys.stdin.buffer),
            age=age if age_days is None else age_days,
            age_unit="years" if age_days is None else "days",
            sex=sex,
            setting=setting,
            pregnant=pregnant,
            immunosuppressed=immunosuppressed,
            vitals=vital_options(vital or ()),
            given=given_options(finding or ()),
        )
    except ValueError as error:
        refuse(str(error), as_json=as_json)
    _check(query, model, both_ages=age is not None and age_days is not None, as_json=as_json)
    with refusals(as_json=as_json):
        found = consult(model, query)
    if as_json:
        say_json(found.answer)
    else:
        found = _talk(model, found, interactive=_is_terminal() if interactive is None else interactive)
    raise typer.Exit(FAILED if "refused" in found.answer else 0)


def _check(query: Query, model: Model, *, both_ages: bool, as_json: bool) -> None:
    if both_ages:
        refuse("give --age or --age-days, not both", as_json=as_json)
    for name, value, known in (("sex", query.sex, SEXES), ("setting", query.setting, SETTINGS)):
        if value not in known:
            refuse(f"--{name} is one of {', '.join(known)}", as_json=as_json)
    for fault in faults(query, longest=longest(model)):
        refuse(fault.message, as_json=as_json)


def _is_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _talk(model: Model, found: Consulted, *, interactive: bool) -> Consulted:
    """Show an answer and, on a terminal, put the next question until there is none or nobody answers."""
    from models.knowledge.diagnosis import load_knowledge

    base, console, aside = load_knowledge(), Console(highlight=False), Console(stderr=True, highlight=False)
    reading = read(found, base)
    show(reading, console, aside)
    while interactive and (query := invite(reading, found.query, console)) is not None:
        with refusals(as_json=False):
            found = consult(model, query)
        before, reading = reading, read(found, base)
        answer(before, reading, console, aside)
    return found
