"""`clinicards models`, `train` and `evaluate`: the life of a model from its card to its retirement."""

import json
from collections.abc import Callable, Iterator
from inspect import signature
from pathlib import Path
from typing import Annotated, Any, cast

import orjson
import typer
from rich.console import Console
from rich.table import Table

from cds.card_formats import chai_xml, fhir
from cds.cli import deid_figures
from cds.cli.catalogue import (
    FAILED,
    refusals,
    refuse,
    registry,
    say_json,
    settings_or_default,
    write_pointers,
)
from cds.cli.knowledge import knowledge
from cds.cli.run import lines
from cds.plugins import aliases_path
from models.base import ModelError, Trainable
from models.beside import beside
from models.card import ModelCard, card_of
from models.comparison import compare as compare_models
from models.registry import ALIASES, DEFAULT, Alias, Registry

app = typer.Typer(no_args_is_help=True, help="The models: list, cards, versions.")

app.command("knowledge")(knowledge)

Name = Annotated[str, typer.Argument(help="A model's name: scores/kfre.")]
AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
AliasName = Annotated[str, typer.Option("--alias", help="champion, challenger or shadow.")]
Data = Annotated[str | None, typer.Option("--data", help="Folder of the data set.")]


@app.command("list")
def list_models(
    context: typer.Context,
    as_json: AsJson = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="A table for the documentation.")] = False,
) -> None:
    """List all models."""
    with refusals(as_json=as_json):
        rows = _rows(registry(context))
    if as_json:
        say_json({"models": rows})
    elif markdown:
        typer.echo(markdown_table(rows))
    else:
        width = max((len(row["name"]) for row in rows), default=0)
        for row in rows:
            typer.echo(f"{row['name']:<{width}}  {row['version']:<8}  {row['title']}")


def _rows(known: Registry) -> list[dict[str, Any]]:
    return [_listed(card_of(known.get(name)), known) for name in known.names()]


def _listed(card: ModelCard, known: Registry) -> dict[str, Any]:
    return {
        "name": card.name,
        "version": card.version,
        "title": card.title,
        "kind": card.kind,
        "versions": list(known.versions(card.name)),
        "aliases": dict(known.pointers.aliases(card.name)),
        "inputs": [row["name"] for row in card.inputs if row.get("required")],
        "vectors": sum(card.vectors.values()),
        "source": card.sources[0].citation if card.sources else "",
    }


def markdown_table(rows: list[dict[str, Any]]) -> str:
    """Return the table of all models as the documentation prints it."""
    head = ["| model | what | version | needs | vectors | source |", "|---|---|---|---|---|---|"]
    body = [
        f"| `{row['name']}` | {_cell(row['title'])} | {row['version']} | "
        f"{', '.join(f'`{name}`' for name in row['inputs'])} | {row['vectors']} | {_cell(row['source'])} |"
        for row in rows
    ]
    return "\n".join([*head, *body])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


@app.command()
def show(
    context: typer.Context,
    name: Name,
    form: Annotated[str, typer.Option("--format", help="text, json, chai-xml or fhir.")] = "text",
    as_json: AsJson = False,
) -> None:
    """Print a model's card."""
    form = "json" if as_json else form
    if form not in _FORMS:
        refuse(f"--format is one of {', '.join(_FORMS)}")
    with refusals(as_json=as_json):
        card = card_of(registry(context).get(name))
    typer.echo(_FORMS[form](card))


def _text(card: ModelCard) -> str:
    """Return a card's essentials for a terminal."""
    purpose = card.attributes["purpose"]
    inputs = [f"  {_input_line(dict(row))}" for row in card.inputs]
    parts = [
        f"{card.title} ({card.name} {card.version})",
        card.statement,
        "",
        f"For: {' '.join(text for text in (card.population, purpose['population']) if text)}",
        *(["", "Inputs:", *inputs] if inputs else []),
        *(["", "Bands:", *(f"  {row['label']}" for row in card.bands)] if card.bands else []),
        *(["", "Watch for:", *(f"  {trap}" for trap in card.traps)] if card.traps else []),
        *(["", "Sources:", *(f"  {source.citation}" for source in card.sources)] if card.sources else []),
    ]
    return "\n".join(parts)


def _input_line(row: dict[str, Any]) -> str:
    kind = ", ".join(row["values"]) if row.get("values") else row["kind"]
    unit = f" in {row['unit']}" if row.get("unit") else ""
    return f"{row['name']}: {kind}{unit}{'' if row['required'] else ' (optional)'}"


_FORMS: dict[str, Callable[[ModelCard], str]] = {
    "text": _text,
    "json": lambda card: orjson.dumps(card.as_dict(), option=orjson.OPT_INDENT_2).decode(),
    "chai-xml": lambda card: chai_xml(card).decode(),
    "fhir": lambda card: json.dumps(fhir(card, address=f"urn:clinicards:model:{card.name}"), indent=2),
}


@app.command()
def promote(
    context: typer.Context,
    name: Name,
    version: Annotated[str, typer.Argument(help="One of the model's versions.")],
    alias: AliasName = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Let an alias name a version of a learned model."""
    with refusals(as_json=as_json):
        known = registry(context)
        pointers = known.promote(name, version, _alias(alias))
        write_pointers(aliases_path(settings_or_default(context)), pointers)
    _say_alias(name, alias, str(pointers.now(name, alias)), as_json=as_json)


@app.command()
def rollback(context: typer.Context, name: Name, alias: AliasName = DEFAULT, as_json: AsJson = False) -> None:
    """Let an alias name what it named before."""
    with refusals(as_json=as_json):
        known = registry(context)
        pointers = known.rollback(name, _alias(alias))
        write_pointers(aliases_path(settings_or_default(context)), pointers)
    _say_alias(name, alias, str(pointers.now(name, alias)), as_json=as_json)


def _alias(text: str) -> Alias:
    if text not in ALIASES:
        raise ModelError(f"an alias is one of {', '.join(ALIASES)}", code="usage")
    return text


def _say_alias(name: str, alias: str, version: str, *, as_json: bool) -> None:
    if as_json:
        say_json({"model": name, "alias": alias, "version": version})
    else:
        typer.echo(f"{name}@{alias} is now {version}")


@app.command()
def compare(
    context: typer.Context,
    name: Name,
    first: Annotated[str, typer.Argument(help="A version or alias.")],
    second: Annotated[str, typer.Argument(help="Another.")],
    input: Annotated[Path, typer.Option("--input", "-i", exists=True, dir_okay=False, help="JSON Lines.")],
    as_json: AsJson = False,
) -> None:
    """Run two versions over the same documents and show where they differ."""
    with refusals(as_json=as_json), input.open("rb") as source:
        pair = registry(context).pair(name, first, second)
        report = compare_models(*pair, (line or b"" for line in lines(source)))
    if as_json:
        say_json(report)
        return
    typer.echo(f"{name}: {report['same']} alike, {report['differing']} differ, {report['failed']} failed")
    for place, gap in report["largest_difference"].items():
        typer.echo(f"  {place}: up to {gap:g}")


def train(
    context: typer.Context,
    model: Name,
    data: Data = None,
    seed: Annotated[int, typer.Option(help="Makes a training repeatable.")] = 0,
) -> None:
    """Train a learned model."""
    with refusals(as_json=False):
        for line in _trainer(registry(context), model).train(model, data=data, seed=seed):
            typer.echo(line)


def _trainer(known: Registry, name: str) -> Trainable:
    """Return what trains a model: its family, or the module `train` of the family's package."""
    family = known.family(name)
    found = family if hasattr(family, "train") else beside(family, "train")
    if found is not None:
        return cast("Trainable", found)
    kind = known.get(name).card().get("kind")
    what = "a published formula is not trained" if kind == "formula" else "this model is not trained"
    raise ModelError(f"{name}: {what}", code="not-trained")


def evaluate(
    context: typer.Context,
    model: Name,
    data: Data = None,
    as_json: AsJson = False,
    seed: deid_figures.Seed = None,
    notes: deid_figures.Notes = None,
    queries: deid_figures.Queries = None,
    hand: deid_figures.Hand = None,
    peer: deid_figures.Peer = None,
    peer_python: deid_figures.PeerPython = None,
) -> None:
    """Evaluate a model: a formula on its vectors, a learned one on data; `deid`: the text scrubber."""
    wish = deid_figures.Wish(seed, notes, queries, hand, peer, peer_python)
    if model == deid_figures.NAME:
        deid_figures.evaluate(wish, as_json=as_json)
    deid_figures.refuse_elsewhere(wish, as_json=as_json)
    with refusals(as_json=as_json):
        known = registry(context)
        family = known.family(model)
        found = family if hasattr(family, "evaluate") else beside(family, "evaluate")
        if found is None:
            raise ModelError(f"{model}: this model has no evaluation", code="usage")
        beside_it = _peers(found, model, wish.peer_python)
        report = cast("Trainable", found).evaluate(model, data=data, **beside_it)
    if as_json:
        say_json(report)
    elif "rows" in report:
        _say_vectors(report)
    elif "table" in report:
        typer.echo("\n".join(report["table"]))
    else:
        typer.echo(json.dumps(report, ensure_ascii=False, indent=2))
    raise typer.Exit(FAILED if report.get("failed") else 0)


def _peers(found: Any, model: str, python: Path | None) -> dict[str, Any]:
    """Return how to ask for peers where a Python that has them was named; not every evaluation knows any."""
    if python is None:
        return {}
    if "peer_python" not in signature(found.evaluate).parameters:
        raise ModelError(f"{model}: its evaluation knows no peer; leave --peer-python out", code="usage")
    if not python.exists():
        raise ModelError("--peer-python names no file; name the Python that has the peers", code="usage")
    return {"peer_python": python}


def _say_vectors(report: dict[str, Any]) -> None:
    """Print a table of vectors, a line for each score or, for one score, for each number."""
    suite = "/" not in report["model"]
    table = Table(title=f"{report['model']}: {report['vectors']} vectors, {report['numbers']} numbers")
    for column in ("score", "numbers", "worst") if suite else ("vector", "output", "expected", "computed"):
        table.add_column(column)
    table.add_column("passed")
    for row in _by_score(report["rows"]) if suite else map(_by_number, report["rows"]):
        table.add_row(*row)
    Console(width=None if Console().is_terminal else 120).print(table)
    typer.echo(f"{report['passed']} of {report['numbers']} numbers as printed")


def _by_score(rows: list[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    for score in dict.fromkeys(row["score"] for row in rows):
        own = [row for row in rows if row["score"] == score]
        gaps = [row["deviation"] / row["tolerance"] for row in own if row["deviation"] is not None]
        worst = f"{max(gaps, default=0):.0%} of half a digit"
        yield score, str(len(own)), worst, "yes" if all(row["passed"] for row in own) else "NO"


def _by_number(row: dict[str, Any]) -> tuple[str, ...]:
    computed = "none" if row["computed"] is None else f"{row['computed']:.6g}"
    return row["title"], row["output"], f"{row['expected']:g}", computed, "yes" if row["passed"] else "NO"
