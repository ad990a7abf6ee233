"""Guideline gaps of one patient: indicated therapies that the record does not show, each with citation."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from models.base import Document
from models.recommender.advice import Library, load_library
from models.recommender.gap_answers import NO, Answer, unknown, yes
from models.recommender.gap_facts import Facts
from models.recommender.gap_rows import SETTINGS, Gap
from models.recommender.house import Chart, House, gaps_in
from models.recommender.safety import OK, Safety, Verdict

KIND = "guideline"


@dataclass(frozen=True, slots=True)
class Open:
    """One gap that is open, with what it rests on and what was not known."""

    gap: Gap
    because: tuple[str, ...]
    not_known: tuple[str, ...]
    brief: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    """What would have stopped it, was looked for and not found."""


@dataclass(frozen=True, slots=True)
class Undecided:
    """One gap that could not be decided, and what it lacks."""

    gap: Gap
    missing: tuple[str, ...]


@dataclass(frozen=True)
class GapFinder:
    """The rules with what they need to judge what they propose."""

    rules: tuple[Gap, ...]
    house: House
    safety: Safety
    af_score: str = SETTINGS[0]
    library: Library = field(default_factory=load_library)

    def find(self, chart: Chart, document: Document) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Return the open gaps, the most pressing first, and those that could not be decided."""
        facts = Facts(chart, self.house.drugs)
        rules = [rule for rule in self.rules if rule.setting in ("", self.af_score)]
        if chart.patient.pregnant or "pregnancy" in chart.problems:
            rules = [rule for rule in rules if _for_pregnancy(rule)]
        found = [self._decided(rule, facts) for rule in rules]
        opened = sorted((one for one in found if isinstance(one, Open)), key=lambda one: -one.gap.rank)
        open_families = {one.gap.family for one in opened}
        rows = [self._row(one, facts, document) | also for one, also in _first_of_each_family(opened)]
        undecided = [
            {"topic": one.gap.topic, "title": one.gap.title, "missing": list(one.missing)}
            for one in found
            if isinstance(one, Undecided) and one.gap.family not in open_families
        ]
        return rows, undecided

    def _decided(self, rule: Gap, facts: Facts) -> Open | Undecided | None:
        closed = _closed(rule, facts)
        needs = [facts.answer(one) for one in rule.need]
        if closed.holds or any(one.holds is False for one in needs):
            return None
        stops = [facts.answer(one) for one in rule.unless]
        if any(one.holds for one in stops):
            return None
        lacking = [word for one in (closed, *needs) if one.holds is None for word in one.missing]
        if lacking:
            # A rule of which nothing but the age is known to hold would be named for nearly everybody.
            told = any(one.holds and one.words and not one.words[0].startswith("age ") for one in needs)
            return Undecided(rule, tuple(dict.fromkeys(lacking))) if told else None
        because = tuple(word for one in needs for word in one.words)
        unknown = tuple(word for one in stops if one.holds is None for word in one.missing)
        brief = tuple(dict.fromkeys(word for one in needs for word in one.brief))
        excluded = tuple(
            row["why"] for row, one in zip(rule.unless, stops, strict=True) if one.holds is False
        )
        return Open(rule, (*because, *_nothing_found(rule)), tuple(dict.fromkeys(unknown)), brief, excluded)

    def _row(self, one: Open, facts: Facts, document: Document) -> dict[str, Any]:
        gap, advice = one.gap, self.library.by_topic[one.gap.topic]
        options = [self._option(gap, names, facts, document) for names in gap.propose] or [_vaccine(gap)]
        best = min(options, key=lambda option: _ORDER[option["safety"]["verdict"]])
        return {
            "kind": KIND,
            "topic": gap.topic,
            **{key: best[key] for key in ("rxcui", "name")},
            **({"cvx": best["cvx"]} if "cvx" in best else {}),
            "title": gap.title,
            "says": gap.says,
            "rank": gap.rank,
            "because": list(one.because),
            "population": gap.population,
            "strength": gap.strength,
            "source": {"citation": gap.source, "url": gap.url, "year": gap.year},
            "safety": best["safety"],
            "draft": best["draft"],
            "alternatives": [option for option in options if option is not best],
            "consider": advice.consider,
            "guideline": self.library.guideline(gap),
            "brief": list(one.brief),
            "excluded": list(one.excluded),
            "ask": list(gap.ask),
            "expect": list(advice.expect),
            "not_known": list(dict.fromkeys((*one.not_known, *gaps_in(facts.chart)))),
        }

    def _option(self, gap: Gap, names: tuple[str, ...], facts: Facts, document: Document) -> dict[str, Any]:
        """Return a therapy with its starting dose, judged as it would be drafted."""
        known, name = self.house.drugs.knowledge.ingredients, "/".join(names)
        codes = [code for one in names for code in known[one].rxcui[:1]]
        rxcui = codes[0] if len(names) == 1 and codes else ""
        draft = self.library.draft(gap, names, facts)
        verdict = self.house.therapy(names, facts.chart)
        if verdict.verdict != "blocked":
            asked = (draft.rxcui, f"{draft.product} {draft.sig}") if draft else (rxcui, name)
            verdict = verdict.joined(self.safety.judge(*asked, document))
        return {
            "rxcui": rxcui,
            "name": name,
            "safety": verdict.as_dict(),
            "draft": draft.as_dict() if draft else None,
        }


_ORDER: Mapping[str, int] = {"ok": 0, "caution": 1, "blocked": 2}


def _vaccine(gap: Gap) -> dict[str, Any]:
    vaccine = gap.vaccine or {}
    verdict = Verdict("caution", ("not checked: allergy to components, earlier reactions",))
    return {
        "rxcui": "",
        "cvx": vaccine["cvx"],
        "name": vaccine["name"],
        "draft": None,
        "safety": OK.joined(verdict).as_dict(),
    }


def _for_pregnancy(rule: Gap) -> bool:
    """Tell whether a rule is for pregnancy; no other proposes anything in it."""
    return any(one.get("pregnant") is True for one in rule.need)


def _closed(rule: Gap, facts: Facts) -> Answer:
    """Tell whether the therapy is there already; a list that was not given leaves that open."""
    patient = facts.chart.patient
    if rule.already_vaccine is None:
        if rule.already & set(facts.chart.taken):
            return yes()
        return NO if "medications" in patient.given else unknown("medications")
    if "immunizations" not in patient.given:
        return unknown("immunizations")
    within = rule.already_vaccine.get("within_days", float("inf"))
    doses = [
        one
        for one in patient.vaccinations
        if one.cvx in rule.already_vaccine["cvx"] and (one.days_ago is None or one.days_ago <= within)
    ]
    return Answer(len(doses) >= rule.already_vaccine["doses"])


def _nothing_found(rule: Gap) -> Iterator[str]:
    what = "vaccination" if rule.vaccine else "therapy"
    yield f"no such {what} on the list"


def _first_of_each_family(opened: Iterable[Open]) -> Iterator[tuple[Open, dict[str, Any]]]:
    """Yield the most pressing gap of each family, with the topics of the others that propose the same."""
    families: dict[str, list[Open]] = {}
    for one in opened:
        families.setdefault(one.gap.family, []).append(one)
    for first, *others in families.values():
        yield first, {"also": [one.gap.topic for one in others]}
