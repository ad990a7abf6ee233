"""What the recommender says of a record, as findings: guideline gaps, what is undecided, learned items."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

from models.base import Deadline, Finding, Input, Source
from models.recommender.advice import EXTRA_LABS, Advice, Beside
from models.recommender.artefact import Item
from models.recommender.gap_answers import lowered
from models.recommender.gap_facts import EGFR_LOINC, Facts, Reading
from models.recommender.gap_rows import Gap
from models.recommender.gaps import GapFinder
from models.recommender.learned import Pick, Picker
from models.recommender.question import Look, conditions_in, labs_in
from models.recommender.reasons import because
from models.recommender.wording import dosed, figures, is_open, option, product, spread
from models.record import LOINC, MINUTES_PER_DAY, RXNORM, Code, Fact

GUIDELINE, LEARNED = "rule", "model"
LEARNED_TOPIC = "RECnextOrder"
_SHORT: Mapping[str, str] = {
    "urine_acr": "ACR", "egfr": "eGFR", "lvef": "ejection fraction", "systolic_bp": "systolic pressure",
    "ldl_cholesterol": "LDL cholesterol", "alt": "ALT", "vitamin_d": "vitamin D",
}  # fmt: skip
_DECIMALS: Mapping[str, int] = {
    "potassium": 1,
    "creatinine": 2,
    "haemoglobin": 1,
    "calcium": 1,
    "magnesium": 1,
}
_READINGS = 2
"""Readings of a value that are shown: the newest and the one before."""


@dataclass(frozen=True)
class Teller:
    """Makes findings of what was found; `model` is `name@version`."""

    look: Look
    model: str
    names: Mapping[str, str]

    @cached_property
    def facts(self) -> Facts:
        """Return the chart with its readings."""
        return Facts(self.look.chart, self.look.drugs)

    def gap(self, row: Mapping[str, Any], rule: Gap, advice: Advice, also: Iterable[str]) -> Finding:
        """Return the finding of an open gap; `also` are the titles of other rules that propose the same."""
        shown = tuple(dict.fromkeys((*advice.show, *labs_in(rule.need))))
        values = [line for name in shown for line in self._readings(name)]
        beside = list(self._beside(advice.beside))
        held = list(self._conditions(frozenset(conditions_in(rule.need))))
        earlier = list(self._earlier(rule.already))
        return Finding(
            kind=GUIDELINE,
            code=rule.topic,
            title=rule.title,
            model=self.model,
            value=float(rule.rank),
            band=row["safety"]["verdict"],
            inputs=(*held, *values, *beside, *earlier, *self._rested_on()),
            missing=tuple(row["not_known"]),
            notes=tuple(row["because"]),
            source=Source(rule.source, rule.url, rule.year),
            reached={"strength": rule.strength, "rank": rule.rank},
            detail={
                "kind": row["kind"],
                "says": rule.says,
                "consider": advice.consider,
                "who": advice.who or rule.population,
                "guideline": row["guideline"],
                "brief": row["brief"],
                "excluded": row["excluded"],
                "ask": row["ask"],
                "expect": row["expect"],
                "advice_source": advice.source,
                "also": row["also"],
                "also_titles": list(also),
                "headline": list(advice.headline),
                "vaccine": rule.vaccine is not None,
                "options": [option(row), *map(option, row["alternatives"])],
            },
        )

    def undecided(self, row: Mapping[str, Any]) -> Finding:
        """Return the finding of a gap that could not be decided, with what it lacks."""
        return Finding(
            kind=GUIDELINE,
            code=row["topic"],
            title=row["title"],
            model=self.model,
            missing=tuple(row["missing"]),
            applies=False,
        )

    def learned(self, pick: Pick) -> Finding:
        """Return the finding of a learned item: its terms add up to the score."""
        terms = because(pick.terms, self.names, self.look.drugs)
        code = (Code(RXNORM, pick.item.rxcui),) if pick.item.rxcui else ()
        known = self.look.drugs.resolver.resolve(pick.item.name, code)
        held = [
            Input("condition", self._called(fact), minutes_ago=fact.minutes_ago, ref=fact.ref)
            for fact in self.look.record.of("condition")
            if any(one.code.code in {c.code for c in fact.codes} for one in pick.conditions)
        ]
        return Finding(
            kind=LEARNED,
            code=LEARNED_TOPIC,
            title=pick.item.name,
            model=self.model,
            value=pick.score,
            band=pick.verdict.verdict,
            inputs=(*held, *self._terms(terms), *self._rested_on()),
            missing=tuple(r for r in pick.verdict.reasons if is_open(r)),
            notes=tuple(one["text"] for one in terms),
            detail={
                "kind": "learned",
                "because": terms,
                "rxcui": pick.item.rxcui,
                "ingredients": list(pick.item.ingredients),
                "indication": [
                    lowered(one.code.display or self.names.get(one.code.code, "")) for one in pick.conditions
                ],
                "verdict": pick.verdict.verdict,
                **figures().get(self.model.rpartition("@")[2], figures()[""]),
                "reasons": [r for r in pick.verdict.reasons if not is_open(r)],
                "product": product(known) or pick.item.name,
            },
        )

    def late(self) -> Finding:
        """Return that learned items were not looked for, since the time ran out."""
        return Finding(
            kind=LEARNED,
            code=LEARNED_TOPIC,
            title="learned suggestions",
            model=self.model,
            notes=("the time for this answer ran out",),
            applies=False,
            detail={"out_of_time": True},
        )

    def _terms(self, terms: Sequence[Mapping[str, Any]]) -> Iterator[Input]:
        """Yield each term with its weight, and with the entry that it comes from where there is one."""
        refs = {code.code: fact.ref for fact in self.look.record.facts for code in fact.codes}
        for one in terms:
            code = next((part for part in str(one["term"]).split(":")[1:] if part in refs), "")
            yield Input("term", one["text"], ref=refs.get(code, ""), note=one["term"], weight=one["weight"])

    def _readings(self, name: str) -> Iterator[Input]:
        extra = EXTRA_LABS.get(name)
        readings = self._extra(name) if extra else self.facts.readings(name)
        term = extra or self.look.drugs.terms.labs[name]
        title = _SHORT.get(name, lowered(term.title))
        codes = {*term.loinc, *(EGFR_LOINC if name == "egfr" else ())}
        computed = {"2160-0"} if name == "egfr" else set()
        for reading in spread(readings)[:_READINGS]:
            minutes = None if reading.days_ago is None else round(reading.days_ago * MINUTES_PER_DAY)
            ref = self._ref(codes, minutes) or self._ref(computed, minutes)
            value = round(reading.value, _DECIMALS.get(name, 0))
            yield Input("value", value, unit=term.unit, minutes_ago=minutes, ref=ref, code=name, note=title)

    def _extra(self, name: str) -> tuple[Reading, ...]:
        term = EXTRA_LABS[name]
        found = (self.facts.reading(lab, term) for lab in self.look.patient.labs if lab.loinc in term.loinc)
        known = [one for one in found if one is not None]
        return tuple(sorted(known, key=lambda one: float("inf") if one.days_ago is None else one.days_ago))

    def _ref(self, codes: Iterable[str], minutes: int | None) -> str:
        wanted = set(codes)
        for fact in self.look.record.of("observation"):
            if fact.minutes_ago == minutes and any(c.code in wanted for c in fact.codes if c.system == LOINC):
                return fact.ref
        return ""

    def _beside(self, rows: Iterable[Beside]) -> Iterator[Input]:
        """Yield the current drugs that bear on the decision, with the remark that their rule makes."""
        seen: set[str] = set()
        for row in rows:
            remark = "" if row.lab and not self._below(row) else row.says
            for fact, names in self._current:
                hit = next((name for name in names if name in row.drugs), "")
                if hit and hit not in seen:
                    seen.add(hit)
                    yield Input(
                        "drug", dosed(fact, names), minutes_ago=fact.minutes_ago, ref=fact.ref, note=remark
                    )

    def _below(self, row: Beside) -> bool:
        newest = next(iter(self.facts.readings(row.lab)), None)
        return newest is not None and newest.value < row.below

    @cached_property
    def _current(self) -> list[tuple[Fact, tuple[str, ...]]]:
        """Return the entries of drugs that are taken or drafted, with their ingredients."""
        taken = set(self.look.chart.taken)
        rows = [*self.look.asked.drafts, *self.look.record.of("medication")]
        named = ((fact, self.look.ingredients(fact)) for fact in rows)
        return [(fact, names) for fact, names in named if taken & set(names)]

    def _earlier(self, already: frozenset[str]) -> Iterator[Input]:
        """Yield what was taken of this kind before and is not now: why it ended is worth asking."""
        current = {fact.ref for fact, _ in self._current}
        for fact in self.look.record.of("medication"):
            wrong = fact.status in ("entered-in-error", "draft", "cancelled", "not-taken")
            if fact.ref not in current and not wrong and already & set(self.look.ingredients(fact)):
                minutes = fact.ended_minutes_ago or fact.minutes_ago
                yield Input("earlier", self._called(fact), minutes_ago=minutes, ref=fact.ref)

    def _conditions(self, names: frozenset[str]) -> Iterator[Input]:
        for fact in self.look.record.of("condition"):
            found = names & self.look.drugs.terms.conditions_of(fact.codes, fact.text)
            if found:
                yield Input(
                    "condition",
                    self._called(fact),
                    minutes_ago=fact.minutes_ago,
                    ref=fact.ref,
                    code=min(found),
                )

    def _rested_on(self) -> Iterator[Input]:
        """Yield the entries that the verdict rests on: what was held against it and found harmless."""
        for fact, _ in self._current:
            yield Input("checked", self._called(fact), minutes_ago=fact.minutes_ago, ref=fact.ref)
        for fact in self.look.record.of("allergy"):
            yield Input("checked", self._called(fact), ref=fact.ref)

    def _called(self, fact: Fact) -> str:
        return fact.text or next((c.display for c in fact.codes if c.display), "an entry without words")


def gap_findings(look: Look, finder: GapFinder, teller: Teller) -> tuple[list[Finding], list[Gap]]:
    """Return the findings of the rules, and the rules that speak or might of what they propose."""
    rules = {rule.topic: rule for rule in finder.rules}
    rows, undecided = finder.find(look.chart, look.document)
    found: list[Finding] = []
    for row in rows:
        rule = rules[row["topic"]]
        told = look.in_season(rule) and look.relevant(rule) and row["safety"]["verdict"] != "blocked"
        doubt = frozenset(conditions_in(rule.unless)) & look.suspected
        if told and not doubt:
            also = (rules[topic].title for topic in row["also"])
            found.append(teller.gap(row, rule, finder.library.by_topic[rule.topic], also))
    found += [
        teller.undecided(row)
        for row in undecided
        if look.in_season(rules[row["topic"]]) and look.relevant(rules[row["topic"]])
    ]
    claimed = [rules[row["topic"]] for row in (*rows, *undecided)]
    return found, claimed


@dataclass(frozen=True)
class Ranking:
    """Items with what gives each one's terms, asked only where there is time for it."""

    items: Sequence[Item]
    terms: Callable[[], Sequence[Mapping[str, int]]]


def findings(
    look: Look, finder: GapFinder, teller: Teller, ranking: Ranking, *, deadline: Deadline
) -> Sequence[Finding]:
    """Return guideline gaps, then what was learned, or that there was no time for it."""
    found, claimed = gap_findings(look, finder, teller)
    if not look.asked.learned or LEARNED_TOPIC in look.asked.off:
        return found
    if deadline.left() <= 0:
        return [*found, teller.late()]
    picks = Picker(look, ranking.items).picks(ranking.terms(), claimed)
    return [*found, *map(teller.learned, islice(picks, look.asked.most))]
