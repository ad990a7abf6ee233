"""The card of the differential: what to consider, how likely, what for and against, what tells apart."""

from collections.abc import Iterator, Sequence

from cds.fhir.dates import ago
from cds.hooks.cards import SUMMARY_LIMIT, Card, Link, Suggestion, plain, shorten
from cds.services.base import Case, ServiceSettings
from cds.services.differential_diagnosis.as_data import of_condition, of_whole
from cds.services.differential_diagnosis.complaint import Complaint
from cds.services.differential_diagnosis.selection import Said
from cds.services.differential_diagnosis.words import (
    camel,
    drug_name,
    listing,
    lower,
    mark,
    named,
    share,
    words,
)
from cds.services.differential_diagnosis.workup import MOST, apart, entry, order, orderable
from models.base import Finding, Input

MODEL = "differential"
_FOR, _AGAINST, _ASKED = 4, 3, 3
_LEGEND = (
    "Signs + to +++ tell how much a finding speaks for it (− against). Read by machine from this encounter; "
    "one may be misread."
)
_FAINT = 0.7
_LEAST_ENTERED = 0.3
"""Probability from which the first condition is offered for the problem list."""
_LEAST_RANKED = 0.2
"""Probability below which the first is no more than the first of many."""


def table_card(
    said: Said, asked: Complaint, case: Case, settings: ServiceSettings, *, offered: Sequence[str] = ()
) -> Card:
    """Return the card of the ranked differential; `offered` are labels that another card offers."""
    first = said.rows[0]
    unspoken = frozenset(said.whole.detail["unspoken"])
    suggestions = tuple(_suggestions(said, asked, case, offered))
    page = settings.source(MODEL, model=MODEL).url
    return Card(
        uuid=case.new_uuid(),
        summary=_summary(said, unspoken),
        indicator="warning" if said.whole.band == "emergency" else "info",
        source=settings.source(
            f"DDX{camel(first.code)}"[:100], model=MODEL, display="Differential diagnosis"
        ),
        detail="\n\n".join(_blocks(said, asked, unspoken)),
        suggestions=suggestions,
        selection_behavior="any" if suggestions else None,
        override_reasons=words().overrides,
        links=(Link("Model card", page),) if page else (),
        findings=(of_whole(said.whole, unspoken), *(of_condition(row, unspoken) for row in said.rows)),
        model=said.whole.model,
        refs=tuple(dict.fromkeys(line.ref for row in said.rows for line in row.inputs if line.ref)),
    )


def _summary(said: Said, unspoken: frozenset[str]) -> str:
    first = said.rows[0]
    must = [row for row in said.rows[1:] if row.detail["must_exclude"]][:1]
    if (first.probability or 0.0) < _LEAST_RANKED and not must:
        return _flat(said)
    others = [row for row in said.rows[1:] if row not in must and (row.probability or 0) >= 0.1][
        : 2 - len(must)
    ]
    head = f"Consider {listing(_chance(row) for row in (first, *others))}"
    if must:
        head += f"; exclude {lower(must[0].title)}"
    because = [named(line) for line in _for(first, unspoken)]
    for count in (3, 2, 1):
        whole = f"{head}: {', '.join(because[:count])}"
        if because and len(whole) <= SUMMARY_LIMIT:
            return whole
    return shorten(head)


def _chance(row: Finding) -> str:
    listed = ", listed" if row.detail["listed"] else ""
    return f"{lower(row.title)} ({share(row.probability or 0.0)}{listed})"


def _flat(said: Said) -> str:
    """Return the summary where too little is told: what was told, and what would tell most."""
    told = [named(line) for line in said.whole.inputs if line.value and line.code in said.whole.detail["new"]]
    questions = said.whole.detail["ask_next"]
    ask = f". Most would tell: {questions[0]['ask']}" if questions else ""
    names = ", ".join(lower(row.title) for row in said.rows[:2])
    return shorten(f"Too little told of {', '.join(told[:2])} to rank causes ({names}, …){ask}")


def _blocks(said: Said, asked: Complaint, unspoken: frozenset[str]) -> Iterator[str]:
    head = "| Consider | Model | For | Against | Tells apart |\n|---|---|---|---|---|"
    least = min(row.detail["words"] for row in said.rows)
    rows = [_row(row, asked, unspoken, least) for row in said.rows]
    yield "\n".join([head, *rows])
    yield f"Other {share(said.others)}. {_calibration(said.whole)}"
    alike = _alike(said)
    if alike:
        yield alike
    causes = list(dict.fromkeys(_cause(row) for row in said.rows if row.detail["drug_causes"]))
    if causes:
        yield f"**A drug as cause:** {'; '.join(causes)}."
    yield from _open_ends(said.whole)
    yield _LEGEND


def _row(row: Finding, asked: Complaint, unspoken: frozenset[str], least: float) -> str:
    chance = share(row.probability or 0.0)
    # The ranking assumes one cause; what explains other findings is not ruled out by the first.
    notes = [f"must exclude; {chance} as the only cause" if row.detail["must_exclude"] else chance]
    notes += ["listed already"] if row.detail["listed"] else []
    cells = (
        plain(row.title),
        ", ".join(notes),
        ", ".join(_reasons(row, unspoken, least)),
        ", ".join(_against(row, unspoken)[:_AGAINST]) or "nothing told",
        plain(", ".join(apart(row, asked.record))),
    )
    return f"| {' | '.join(cells)} |"


def _reasons(row: Finding, unspoken: frozenset[str], least: float) -> Iterator[str]:
    """Yield what speaks for a condition: findings, then what the story's words add over the other rows."""
    for line in _for(row, unspoken)[:_FOR]:
        yield f"{named(line)} {mark(line.weight or 0.0)}".strip()
    more = row.detail["words"] - least
    if more >= _FAINT:
        yield f"words of the story {mark(more)}"


def _for(row: Finding, unspoken: frozenset[str]) -> list[Input]:
    return [
        line
        for line in row.inputs
        if line.value and (line.weight or 0) >= _FAINT and line.code not in unspoken
    ]


def _against(row: Finding, unspoken: frozenset[str]) -> list[str]:
    """Return what speaks against: what is absent and usual, what is there and unusual."""
    found = [line for line in row.inputs if (line.weight or 0) <= -_FAINT and line.code not in unspoken]
    return [f"{_absent(line)} {mark(line.weight or 0.0)}".strip() for line in found]


def _absent(line: Input) -> str:
    """Return a finding as it speaks against: a normal result speaks by its value."""
    return named(line) if line.value or line.note.startswith("result") else f"no {named(line)}"


def _calibration(whole: Finding) -> str:
    band = whole.detail["calibration"]
    low, high = round(band["from"] * 100), round(band["to"] * 100)
    return (
        f"**Calibration:** a first place given {low}–{high}% was right in {band['right']} of "
        f"{band['stories']} made-up stories kept apart for this; not measured on patients."
    )


def _alike(said: Said) -> str:
    """Say which conditions are not told from the first, and what would."""
    codes = set(said.whole.detail["alike"])
    hints = {n["condition"]: n["tells_apart"] for n in said.rows[0].detail["neighbours"]}
    names = [
        f"{plain(lower(row.title))}{f' ({plain(hints[row.code])})' if row.code in hints else ''}"
        for row in said.rows[1:]
        if row.code in codes
    ]
    return f"**Cannot be told from:** {listing(names)}." if names else ""


def _cause(row: Finding) -> str:
    cause = row.detail["drug_causes"][0]
    minutes = cause["minutes_ago"]
    since = f", recorded {ago(minutes)}" if minutes is not None and minutes >= 0 else ""
    return f"{drug_name(cause['drug'])}{since}: {plain(lower(row.title))} ×{cause['risk']:g}"


def _open_ends(whole: Finding) -> Iterator[str]:
    questions = [q["ask"] for q in whole.detail["ask_next"][:_ASKED]]
    if questions:
        yield f"**Ask:** {plain(' '.join(questions))}"
    if whole.detail["contradicted"]:
        yield f"**Told both ways, so not counted:** {plain(lower(', '.join(whole.detail['contradicted'])))}."
    for note in whole.notes:
        yield f"**Check:** {plain(note)}."
    if whole.missing:
        yield f"**Not recorded:** {plain(', '.join(whole.missing))}."


def _suggestions(said: Said, asked: Complaint, case: Case, offered: Sequence[str]) -> Iterator[Suggestion]:
    made = [order(test, [row], case) for test, row in orderable(said.rows, asked.record, each=2)]
    kept = [one for one in made if one.label not in offered]
    yield from kept[: MOST - 1]
    first = said.rows[0]
    if not first.detail["listed"] and (first.probability or 0.0) >= _LEAST_ENTERED:
        yield entry(said.rows[0], case, asked.encounter)
