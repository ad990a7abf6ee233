"""A diagnosis on a record as findings: each condition with what moved it and by how much, each red flag."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from models.base import Finding, Input, Source
from models.diagnosis.asking import ask_next
from models.diagnosis.calibration import told_of
from models.diagnosis.charting import charting
from models.diagnosis.dangers import must_exclude
from models.diagnosis.diagnosed import Diagnosis
from models.diagnosis.records import Reading
from models.diagnosis.scorer import Candidate, Evidence, Scorer, Weight
from models.diagnosis.urgency import RedFlag
from models.knowledge.diagnosis import Condition, KnowledgeBase

SHOWN = 10
_POINTED = 0.05
_TEMPER = 0.7
_TALKS_YEARS = 2
_REPORTED = frozenset(("lab", "imaging"))
_MOVES = 0.2
"""Log-odds below which a finding is not said to have moved a condition."""


@dataclass(frozen=True)
class Teller:
    """Who tells a diagnosis: the model by `name@version`, the knowledge base and the scorer."""

    model: str
    scorer: Scorer

    @property
    def base(self) -> KnowledgeBase:
        """Return the knowledge base."""
        return self.scorer.base

    def findings(self, said: Diagnosis, reading: Reading) -> Iterator[Finding]:
        """Yield the whole first, then red flags, then conditions, the likeliest first."""
        flags = said.speed.flags if said.speed is not None else ()
        present = said.case.found.present
        hits = [frozenset(self._matched(flag, present)) for flag in flags]
        exclude = must_exclude(
            self.base, said.ranked, present, shown=3, flagged=hits, sharpness=self.scorer.sharpness
        )
        yield self._whole(said, reading, exclude)
        yield from _widest([self._flag(flag, said, reading) for flag in flags])
        shown = [*said.ranked[:SHOWN], *(c for c in said.ranked[SHOWN:] if c.condition in exclude)]
        for one in shown:
            yield self._condition(one, said, reading, must=one.condition in exclude)

    def _whole(self, said: Diagnosis, reading: Reading, exclude: Sequence[str]) -> Finding:
        person, found = said.case.person, said.case.found
        refusal = said.refusal
        return Finding(
            kind="model",
            code="differential",
            title="Differential diagnosis",
            model=self.model,
            band=said.speed.urgency if said.speed is not None else "",
            applies=refusal is None,
            inputs=tuple(self._input(w, reading) for w in self._stated(said)),
            missing=reading.missing,
            notes=(*((refusal.reason,) if refusal is not None else ()), *said.notes),
            detail={
                "refused": refusal.code if refusal is not None else "",
                "complains": reading.complains,
                "new": sorted(reading.new),
                "unnamed": reading.unnamed,
                "drafted": list(reading.drafted),
                "entered": reading.entered,
                "texts_refused": list(reading.refused),
                "present": sorted(found.present),
                "contradicted": [self.base.findings[name].name for name in found.contradicted],
                "ask_next": [
                    {"finding": q.finding, "ask": self.base.findings[q.finding].ask, "bits": round(q.bits, 3)}
                    for q in self._questions(said, exclude)
                ],
                "alike": list(said.alike),
                "unspoken": self._unspoken(reading),
                "listed": sorted(set(reading.listed) & {one.condition for one in said.ranked[:SHOWN]}),
                "calibration": told_of(said.ranked[0].probability) if said.ranked else {},
                "setting": person.setting,
                "pregnant": person.pregnant,
                "immunosuppressed": bool(person.immunosuppressed),
            },
        )

    def _questions(self, said: Diagnosis, exclude: Sequence[str]) -> Sequence[Any]:
        """Return what to ask over probabilities that are taken for less sure than they are given.

        One finding misread makes a near certainty, where nothing would be worth asking any more.
        """
        if not said.ranked:
            return ()
        top = [
            one
            for at, one in enumerate(said.ranked)
            if one.condition in exclude or at < 2 or (at < 4 and one.probability >= _POINTED)
        ]
        doubted = [replace(one, probability=one.probability**_TEMPER) for one in top]
        found = said.case.found
        asked = ask_next(self.scorer, said.case.person, Evidence(found.present, found.absent), doubted)
        # What a result on record answers, whichever way it was worded, is not asked again.
        reported = {
            name.partition("-")[0]
            for name in found.present | found.absent
            if self.base.findings[name].kind in _REPORTED
        }
        small = said.case.person.age_years < _TALKS_YEARS
        return [
            one
            for one in asked
            if one.finding.partition("-")[0] not in reported
            and not (small and one.finding in charting().told_by_speech)
        ]

    def _unspoken(self, reading: Reading) -> list[str]:
        """Return what the record tells of sensitive matters that nobody spoke of in this encounter."""
        spoken = {one.finding for one in reading.told if one.where in ("note", "reason", "draft", "drug")}
        return sorted(charting().unspoken & reading.case.found.present - spoken)

    def _stated(self, said: Diagnosis) -> Iterator[Weight]:
        """Yield what was told, without what only follows from it."""
        found = said.case.found
        above = frozenset[str]().union(*(self.base.ancestors[name] for name in found.present))
        for name in sorted(found.present - above):
            yield Weight(name, present=True, weight=0.0)
        for name in sorted(found.absent):
            yield Weight(name, present=False, weight=0.0)

    def _flag(self, flag: RedFlag, said: Diagnosis, reading: Reading) -> Finding:
        matched = self._matched(flag, said.case.found.present)
        points = self._points(matched, said)
        return Finding(
            kind="rule",
            code=flag.id,
            title=flag.says,
            model=self.model,
            band=flag.urgency,
            inputs=tuple(self._input(Weight(name, present=True, weight=0.0), reading) for name in matched),
            source=Source(flag.source),
            detail={
                "points_to": points,
                "listed": any(name in reading.listed for name in points[:1]),
                "new": self._is_new(matched, reading),
            },
        )

    def _matched(self, flag: RedFlag, present: frozenset[str]) -> tuple[str, ...]:
        """Return what set a flag off: what was told, in place of the general finding it is a kind of."""
        hit = {*flag.every, *(flag.one_of & present)}
        told = {
            name
            for name in present
            if name in hit or (self.base.ancestors[name] & hit and not self._has_kind(name, present))
        }
        return tuple(sorted(name for name in told if not any(name in self.base.ancestors[o] for o in told)))

    def _has_kind(self, name: str, present: frozenset[str]) -> bool:
        return any(kind in present for kind in self.base.children.get(name, ()))

    def _points(self, matched: Sequence[str], said: Diagnosis) -> list[str]:
        """Return the dangerous conditions that what set a flag off speaks for, the likeliest first."""
        hit = frozenset(matched).union(*(self.base.ancestors[name] for name in matched))
        found = []
        for one in said.ranked:
            level = self.base.conditions[one.condition].urgency_with(said.case.found.present)
            own = sum(w.weight for w in one.weights if w.present and w.finding in hit)
            if level in ("urgent", "emergency") and own > _MOVES and one.probability >= _POINTED:
                found.append(one.condition)
        return found[:3]

    def _is_new(self, matched: Sequence[str], reading: Reading) -> bool:
        """Tell whether a flag rests on something of today: a new complaint, or a result."""
        return any(
            name in reading.new or any(one.where == "result" for one in reading.tellers(name, present=True))
            for name in matched
        )

    def _condition(self, one: Candidate, said: Diagnosis, reading: Reading, *, must: bool) -> Finding:
        row = self.base.conditions[one.condition]
        present = said.case.found.present
        moved = sorted(self._moving(one), key=lambda w: (-abs(w.weight), w.finding))
        return Finding(
            kind="condition",
            code=one.condition,
            title=row.name,
            model=self.model,
            probability=one.probability,
            band=row.urgency_with(present),
            inputs=tuple(self._input(w, reading) for w in moved),
            source=Source(row.source),
            detail={
                "icd10": list(row.icd10),
                "prior": one.prior,
                "words": round(sum(weight for _, weight in one.words), 3),
                "log_odds": one.log_odds,
                "tests": [self._test(name, reading) for name in row.tests],
                "must_exclude": must,
                "listed": reading.listed.get(one.condition, ""),
                "drug_causes": self._causes(row, reading),
                "neighbours": self._neighbours(row, said),
                "red": [self._name(name) for name in row.red_flags if name in present],
            },
        )

    def _moving(self, one: Candidate) -> Iterator[Weight]:
        """Yield what moved a condition; what a finding is a kind of adds to the finding itself."""
        weights = {w.finding: w for w in one.weights if w.present}
        own = self._own(self.base.conditions[one.condition])
        tops = [name for name in weights if not any(name in self.base.ancestors[o] for o in weights)]
        spent: set[str] = set()
        for name in tops:
            above = [p for p in self.base.ancestors[name] if p in weights and p not in spent]
            spent.update(above)
            total = weights[name].weight + sum(weights[p].weight for p in above)
            # What the condition says nothing of moves all such conditions alike: no reason for this one.
            if abs(total) >= _MOVES and (total < 0 or self._bears(name, own)):
                yield Weight(name, present=True, weight=round(total, 3))
        for w in one.weights:
            if not w.present and abs(w.weight) >= _MOVES:
                yield Weight(w.finding, present=False, weight=round(w.weight, 3))

    def _own(self, row: Condition) -> frozenset[str]:
        """Return the findings that a condition states something of."""
        varied = (variation.finding for variation in row.variations)
        return frozenset((*self.base.relevant(row.id), *row.risks, *varied))

    def _bears(self, name: str, own: frozenset[str]) -> bool:
        above = self.base.ancestors
        return name in own or bool(above[name] & own) or any(name in above[other] for other in own)

    def _input(self, w: Weight, reading: Reading) -> Input:
        tellers = reading.tellers(w.finding, present=w.present)
        first = tellers[0] if tellers else None
        return Input(
            name=self._name(w.finding),
            value=w.present,
            minutes_ago=first.minutes_ago if first else None,
            ref=first.ref if first else "",
            code=w.finding,
            note=f"{first.where}: {first.words}" if first else "",
            weight=w.weight or None,
        )

    def _name(self, finding: str) -> str:
        return self.base.findings[finding].name

    def _test(self, name: str, reading: Reading) -> Mapping[str, Any]:
        row = self.base.investigations[name]
        told = any(
            one.finding.startswith(f"{name}-") and self.base.findings[one.finding].kind in _REPORTED
            for one in reading.told
        )
        return {"id": name, "name": row.name, "loinc": list(row.loinc), "told": told}

    def _causes(self, row: Condition, reading: Reading) -> list[Mapping[str, Any]]:
        """Return the drugs of the record that raise the risk of a condition, with the relative risk."""
        wanted = charting().drugs
        found = []
        for name, risk in row.risks.items():
            tellers = [one for one in reading.tellers(name, present=True) if one.where == "drug"]
            if name in wanted and risk > 1 and tellers:
                one = tellers[0]
                found.append(
                    {"drug": one.words, "risk": risk, "minutes_ago": one.minutes_ago, "finding": name}
                )
        return sorted(found, key=lambda cause: -float(cause["risk"]))

    def _neighbours(self, row: Condition, said: Diagnosis) -> list[Mapping[str, str]]:
        likely = {one.condition for one in said.ranked[:SHOWN]}
        return [
            {"condition": n.condition or "", "name": n.name, "tells_apart": n.tells_apart}
            for n in row.neighbours
            if n.condition in likely
        ]


def _widest(flags: Sequence[Finding]) -> Iterator[Finding]:
    """Yield flags without those that say less of the same findings than another one that is as urgent."""
    told = [frozenset(line.code for line in flag.inputs) for flag in flags]
    for at, flag in enumerate(flags):
        wider = (
            told[at] < other or (told[at] == other and n < at)
            for n, other in enumerate(told)
            if n != at and _not_calmer(flags[n], flag)
        )
        if not any(wider):
            yield flag


def _not_calmer(one: Finding, other: Finding) -> bool:
    return one.band in {other.band, "emergency"}
