"""Which findings have a card of their own, which are told in the summary, and why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cds.hooks.cards import INDICATORS, Indicator
from cds.services.clinical_scores.numbers import aged, number
from cds.services.clinical_scores.phrases import Guideline, Level, ScoreWords, TopicWords, words
from cds.services.clinical_scores.record_look import Seen, acute, look
from models.base import Finding
from models.record import Record


@dataclass(frozen=True, slots=True)
class Advice:
    """What a guideline says at the level that was reached."""

    topic: str
    guideline: str
    year: int
    url: str
    label: str
    consider: tuple[str, ...]
    indicator: Indicator


@dataclass(frozen=True)
class Chosen:
    """A finding with a card of its own."""

    finding: Finding
    advice: Advice
    score: ScoreWords
    topic: TopicWords
    seen: Seen | None = None
    inside: tuple[Finding, ...] = ()
    further: tuple[Advice, ...] = ()
    """Other guidelines' levels that the same numbers reach."""


@dataclass(frozen=True)
class Plan:
    """What is said where: cards of their own, and the rest with the reason why a level pushed no card."""

    own: tuple[Chosen, ...] = ()
    told: tuple[Finding, ...] = ()
    why_not: Mapping[str, str] = field(default_factory=dict)


def computed(finding: Finding) -> bool:
    """Tell whether a score has a number."""
    # Most scores have neither: a look at an empty mapping takes less time than to go through it.
    return finding.value is not None or (
        bool(finding.values) and any(v is not None for v in finding.values.values())
    )


def plan(findings: Sequence[Finding], record: Record, options: Mapping[str, Any]) -> Plan:
    """Return what is said of these findings."""
    valued = [finding for finding in findings if computed(finding)]
    pushed: list[Chosen] = []
    why_not: dict[str, str] = {}
    for finding in valued:
        able = _chosen(finding, record)
        shown = [chosen for chosen in able if not _why_not(chosen, record, options)]
        if shown:
            pushed.append(replace(shown[0], further=tuple(chosen.advice for chosen in shown[1:])))
        elif able:
            why_not[finding.code] = _why_not(able[0], record, options)
    own = _ranked(_without_doubles(pushed))
    hosts = {chosen.finding.code for chosen in own}
    guests = [f for f in valued if f.applies and not hosts.isdisjoint(_words(f).inside)]
    own = tuple(_with_guests(chosen, guests) for chosen in own)
    spoken = hosts | {f.code for f in guests}
    told = tuple(f for f in valued if f.code not in spoken)
    return Plan(own, told, why_not)


def _words(finding: Finding) -> ScoreWords:
    return words().score(finding.code, finding.title)


def _chosen(finding: Finding, record: Record) -> list[Chosen]:
    """Return the finding as a card for each guideline that asks for one, the highest level first."""
    said = _words(finding)
    doubtful = finding.detail.get("assumed_none") or finding.detail.get("conflicts")
    if not finding.applies or doubtful or not said.own or said.inside:
        return []
    return [_phrased(finding, said, advice, record) for advice in _advice(finding, said)]


def _phrased(finding: Finding, said: ScoreWords, advice: Advice, record: Record) -> Chosen:
    phrase = words().topic(advice.topic)
    seen = look(record, words().sought[phrase.sought]) if phrase.sought else None
    if finding.detail.get("preliminary"):
        # What is not final may be taken back: it informs, and never warns.
        advice = replace(advice, indicator="info")
    return Chosen(finding, advice, said, phrase, seen)


def _advice(finding: Finding, said: ScoreWords) -> list[Advice]:
    """Return what asks for a card: action levels, a note, or a change of class for the worse."""
    if finding.reached:
        rows = [*(finding.detail.get("all_reached") or ()), finding.reached]
        by_topic = {str(row["topic"]): row for row in rows}
        others = [row for topic, row in by_topic.items() if topic != finding.reached["topic"]]
        return [_of_row(row) for row in (finding.reached, *reversed(others))]
    if said.noted and any(note.startswith(said.noted.begins) for note in finding.notes):
        return _of_guideline(said.noted.topic)
    if said.worse and _worse(finding, said):
        return _of_guideline(said.worse.topic)
    return []


def _of_row(row: Mapping[str, Any]) -> Advice:
    return Advice(
        topic=str(row["topic"]),
        guideline=str(row["guideline"]),
        year=int(row["year"]),
        url=str(row["url"]),
        label=str(row["label"]),
        consider=tuple(row.get("consider") or ()),
        indicator=_never_interrupting(row["indicator"]),
    )


def _never_interrupting(indicator: Indicator) -> Indicator:
    """Return the indicator, a critical one as a warning.

    A score sums up what is on the chart already; to interrupt is left to what is about to be done wrong.
    """
    return "warning" if indicator == "critical" else indicator


def _of_guideline(code: str) -> list[Advice]:
    row: Guideline | None = words().topic(code).guideline
    if row is None:
        return []
    return [Advice(code, row.name, row.year, row.url, row.label, row.consider, row.indicator)]


def _worse(finding: Finding, said: ScoreWords) -> bool:
    before = finding.detail.get("previous")
    if not finding.detail.get("changed_band") or not before or said.worse is None:
        return False
    now, then = finding.values.get(said.worse.output), before["values"].get(said.worse.output)
    if now is None or then is None or before.get("minutes_ago") is None:
        return False
    return bool(now > then if said.worse.way == "higher" else now < then)


def _why_not(chosen: Chosen, record: Record, options: Mapping[str, Any]) -> str:
    """Return why a level that was reached pushes no card, or an empty string."""
    if "comfort" in chosen.topic.withheld and comfort(record):
        return "comfort care on record"
    if "acute" in chosen.topic.withheld and acute(record):
        return "not acted on during an acute stay"
    if chosen.seen and chosen.seen.state == "found" and not chosen.topic.shown_anyway:
        when = aged(chosen.seen.minutes_ago)
        return f"{words().sought[chosen.topic.sought].says} found {when}".rstrip()
    return _below_site(chosen, options)


def comfort(record: Record) -> bool:
    """Tell whether comfort care is on record: then nothing more is asked to be measured."""
    rows = (words().sought[name] for name in ("comfort", "comfort-orders"))
    return any(look(record, row).state == "found" for row in rows)


def _below_site(chosen: Chosen, options: Mapping[str, Any]) -> str:
    raised = options.get("push_from", {}).get(chosen.advice.topic)
    level: Level | None = chosen.topic.level
    if raised is None or level is None:
        return ""
    finding = chosen.finding
    value = finding.value if level.output == "value" else finding.values.get(level.output)
    if value is None or value >= raised:
        return ""
    at = f"{raised:.1%}" if level.at < 1 else number(raised)
    return f"below the level of this site ({at})"


def _without_doubles(pushed: Iterable[Chosen]) -> list[Chosen]:
    """Return the cards without those that another one says better."""
    kept = list(pushed)
    codes = {chosen.finding.code for chosen in kept}
    return [chosen for chosen in kept if not codes & set(chosen.score.yields_to)]


def _ranked(pushed: Iterable[Chosen]) -> tuple[Chosen, ...]:
    order = list(words().topics)

    def place(chosen: Chosen) -> tuple[int, int]:
        topic = chosen.advice.topic
        return INDICATORS.index(chosen.advice.indicator), order.index(topic) if topic in order else len(order)

    return tuple(sorted(pushed, key=place))


def _with_guests(chosen: Chosen, guests: Iterable[Finding]) -> Chosen:
    inside = tuple(f for f in guests if chosen.finding.code in _words(f).inside)
    return replace(chosen, inside=inside)
