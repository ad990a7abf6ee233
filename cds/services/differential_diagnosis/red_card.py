"""The card of red flags: rules that fire whatever the ranking says, before and apart from it."""

from collections.abc import Collection, Iterator, Sequence

from cds.hooks.cards import SUMMARY_LIMIT, Card, plain, shorten
from cds.services.base import Case, ServiceSettings
from cds.services.differential_diagnosis.as_data import of_flag
from cds.services.differential_diagnosis.complaint import Complaint
from cds.services.differential_diagnosis.selection import Said
from cds.services.differential_diagnosis.words import flag_topic, lower, named, quoted, share, words
from cds.services.differential_diagnosis.workup import MOST, apart, order, orderable
from models.base import Finding

MODEL = "differential"
_LEVELS = ("emergency", "urgent")
_SHOWN = 4


def red_card(said: Said, asked: Complaint, case: Case, settings: ServiceSettings) -> Card:
    """Return one card for the red flags of a call, the most urgent first."""
    flags = sorted(said.flags, key=lambda flag: _LEVELS.index(flag.band))
    dangers = _dangers(flags, said)
    offered = tuple(
        order(test, [row], case) for test, row in list(orderable(dangers, asked.record))[: MOST - 1]
    )
    return Card(
        uuid=case.new_uuid(),
        summary=_summary(flags, dangers),
        indicator="warning",
        source=settings.source(flag_topic(flags[0]), model=MODEL, display=shorten(flags[0].title, 60)),
        detail="\n\n".join(_blocks(flags, dangers, said, asked)),
        suggestions=offered,
        selection_behavior="any" if offered else None,
        override_reasons=words().overrides,
        findings=tuple(of_flag(flag, said.whole.detail["unspoken"]) for flag in flags),
        model=said.whole.model,
        refs=tuple(dict.fromkeys(line.ref for flag in flags for line in flag.inputs if line.ref)),
    )


def _dangers(flags: Sequence[Finding], said: Said) -> list[Finding]:
    """Return the conditions of the table that the flags point to and those that must be excluded."""
    pointed = [code for flag in flags for code in flag.detail["points_to"]]
    rows = [row for code in dict.fromkeys(pointed) if (row := said.row(code)) is not None]
    return [*rows, *(row for row in said.rows if row.detail["must_exclude"] and row not in rows)]


def _summary(flags: Sequence[Finding], dangers: Sequence[Finding]) -> str:
    """Return the worst flag with the result that weighs most, and what must be excluded beside it."""
    head = f"Red flag: {lower(flags[0].title.rstrip('.'))}"
    lines = [*flags[0].inputs, *(dangers[0].inputs if dangers else ())]
    results = [named(line) for line in lines if line.value and line.note.startswith("result")][:1]
    head += "".join(f", {text}" for text in results if text not in head)
    more = f" (and {len(flags) - 1} more)" if len(flags) > 1 else ""
    must = [lower(row.title) for row in dangers if row.detail["must_exclude"]][:1]
    for tail in (f"{more}; exclude {must[0]}" if must else more, more):
        if len(head) + len(tail) <= SUMMARY_LIMIT:
            return head + tail
    return f"{shorten(head, SUMMARY_LIMIT - len(more))}{more}"


def _blocks(
    flags: Sequence[Finding], dangers: Sequence[Finding], said: Said, asked: Complaint
) -> Iterator[str]:
    unspoken = set(said.whole.detail["unspoken"])
    lines = [f"{plain(flag.title)} {_told(flag, unspoken)}".strip() for flag in flags[:_SHOWN]]
    if len(lines) == 1:
        yield f"**Red flag (rule):** {lines[0]}"
    else:
        yield "**Red flags (rules):**\n\n" + "\n".join(f"- {line}" for line in lines)
    if dangers:
        yield f"**Consider:** {'; '.join(_danger(row, asked) for row in dangers[:3])}."
    acts = [words().acts[row.code] for row in dangers if row.code in words().acts]
    if acts:
        yield f"**Do not wait:** {plain(' '.join(acts))}"
    if said.whole.missing:
        yield f"**Not recorded:** {plain(', '.join(said.whole.missing))}."
    cited = (flag.source.citation.split("; ") for flag in flags if flag.source is not None)
    sources = dict.fromkeys(one for every in cited for one in every)
    yield f"**Evidence:** {plain('; '.join(sources))}."
    yield "Rules over findings that a machine read from this encounter; one may be misread."


def _told(flag: Finding, unspoken: Collection[str]) -> str:
    """Return what set a flag off; sensitive entries of the record count and are not named."""
    told = [quoted(line) for line in flag.inputs if line.code not in unspoken]
    return f"Read from the record: {'; '.join(told)}." if told else ""


def _danger(row: Finding, asked: Complaint) -> str:
    tests = apart(row, asked.record)
    how = "must exclude" if row.detail["must_exclude"] else share(row.probability or 0.0)
    return f"{plain(row.title)} ({how}){': ' + plain(', '.join(tests)) if tests else ''}"
