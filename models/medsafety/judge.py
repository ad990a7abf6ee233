"""Judge what is being ordered: every rule about a drug alone, with each other drug, and with each allergy."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

from models.base import Deadline, NoDeadline
from models.knowledge.drugs.knowledge import DrugKnowledge
from models.knowledge.drugs.rows import Rule, Selector, Severity
from models.medsafety.alerts import RANK, Alert, calmed, judged
from models.medsafety.answers import Scene
from models.medsafety.doses import over_limits
from models.medsafety.person import Person, Taken, same
from models.medsafety.terms import Terms

_LOW = "ddi_suppress"
_DUPLICATE = "duplicate_class"
_ALLERGY = "allergy_rule"
_THIRD = frozenset({"drug", "count"})
_WASHOUT = "washout"
"""Rules of what must be over for some time: asked of what has ended, and of nothing that is taken."""


@dataclass(frozen=True, slots=True)
class NotChecked:
    """Something that no rule was asked about, and why."""

    item: str
    reason: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was found, most severe first, and what was not checked."""

    alerts: tuple[Alert, ...]
    not_checked: tuple[NotChecked, ...]


def judge(
    person: Person,
    *,
    knowledge: DrugKnowledge,
    terms: Terms,
    subjects: Sequence[Taken] | None = None,
    deadline: Deadline | None = None,
) -> Judgement:
    """Return what the rules say of `subjects`, the drafts where none are given.

    A pair of drafts is judged once. Where the deadline passes, what is left is named and not judged.
    """
    chosen = person.drafts if subjects is None else tuple(subjects)
    until = deadline or NoDeadline()
    alerts: list[Alert] = []
    unchecked = list(_unread(person))
    qt_sum = _qt_sum(person, knowledge)
    for place, subject in enumerate(chosen):
        if until.left() <= 0:
            unchecked.append(NotChecked(subject.name, "the time for this answer ran out"))
            continue
        others = [t for t in person.drugs if not _among(t, chosen[: place + 1])]
        alerts += _said(subject, others, person, knowledge=knowledge, terms=terms, qt_sum=qt_sum)
    return Judgement(tuple(_ordered(_once(alerts))), tuple(dict.fromkeys(unchecked)))


def speaks(
    person: Person, subject: Taken, *, least: Severity, knowledge: DrugKnowledge, terms: Terms
) -> bool:
    """Tell whether anything of at least a severity is said of one of a person's entries.

    It stops at the first, and nothing is merged: the worst of what is merged is what stays.
    """
    qt_sum = _qt_sum(person, knowledge)
    others = [t for t in person.drugs if not _among(t, (subject,))]
    said = _said(subject, others, person, knowledge=knowledge, terms=terms, qt_sum=qt_sum)
    return any(RANK[alert.severity] >= RANK[least] for alert in said)


def _among(taken: Taken, chosen: Iterable[Taken]) -> bool:
    """Tell whether an entry is one of these; two that have nothing else in common differ by reference."""
    return any(taken is one or (taken.ref == one.ref and taken == one) for one in chosen)


def _said(
    subject: Taken,
    others: Iterable[Taken],
    person: Person,
    *,
    knowledge: DrugKnowledge,
    terms: Terms,
    qt_sum: int,
) -> Iterator[Alert]:
    """Yield what is said of an entry alone and with each other one."""
    yield from _alone(subject, person, knowledge=knowledge, terms=terms, qt_sum=qt_sum)
    for other in others:
        yield from _together(subject, other, person, knowledge=knowledge, terms=terms, qt_sum=qt_sum)


def _takes(selector: Selector, taken: Taken, ingredient: str) -> bool:
    return selector.takes(ingredient, taken.drug.route, systemic=taken.drug.systemic(ingredient))


def _alone(
    subject: Taken, person: Person, *, knowledge: DrugKnowledge, terms: Terms, qt_sum: int
) -> Iterator[Alert]:
    for ingredient in subject.drug.ingredients:
        scene = Scene(person, terms, subject, qt_sum=qt_sum, a_ingredient=ingredient)
        alerts = list(_of_rules(scene, knowledge))
        yield from alerts
        if not any(alert.kind == "dose" for alert in alerts):
            yield from over_limits(scene, knowledge)


def _of_rules(scene: Scene, knowledge: DrugKnowledge) -> Iterator[Alert]:
    listed = [replace(scene, allergy=allergy) for allergy in scene.person.allergies]
    for rule in knowledge.about(scene.a_ingredient):
        if not _takes(rule.a, scene.a, scene.a_ingredient):
            continue
        found = _allergic(rule, listed) if rule.table == _ALLERGY else judged(rule, scene)
        if found is not None:
            yield found


def _allergic(rule: Rule, listed: Iterable[Scene]) -> Alert | None:
    """Return the worst of what a rule says of each entry of the allergy list."""
    found = [alert for scene in listed if (alert := judged(rule, scene)) is not None]
    return max(found, key=lambda alert: RANK[alert.severity], default=None)


def _together(
    first: Taken, second: Taken, person: Person, *, knowledge: DrugKnowledge, terms: Terms, qt_sum: int
) -> Iterator[Alert]:
    for one, other in product(first.drug.ingredients, second.drug.ingredients):
        rules = list(_between(first, second, one, other, knowledge))
        if not rules:
            continue
        low = any(rule.table == _LOW for rule, *_ in rules)
        for rule, a, b, names in rules:
            if not _asked(rule, first, second, b=b, one_drug=one == other):
                continue
            scene = Scene(person, terms, a, b, qt_sum=qt_sum, a_ingredient=names[0], b_ingredient=names[1])
            alert = judged(rule, scene)
            if alert is not None:
                yield calmed(alert) if low and alert.kind == "interaction" and not _of_more(rule) else alert


def _of_more(rule: Rule) -> bool:
    """Tell whether a rule speaks of a third drug too: the low-priority list is about two and no more."""
    return any(clause.kind in _THIRD and not clause.negated for group in rule.when for clause in group)


def _asked(rule: Rule, first: Taken, second: Taken, *, b: Taken, one_drug: bool) -> bool:
    """Tell whether a rule is asked of a pair.

    Wash-outs look back at what has ended, as their `b`; a repetition is no duplicate, and no drug interacts
    with itself.
    """
    if rule.table == _WASHOUT:
        return second.place == "past" and b is second
    if rule.table == _LOW or second.place == "past":
        return False
    return not same(first, second) if rule.table == _DUPLICATE else not one_drug


def _between(
    first: Taken, second: Taken, one: str, other: str, knowledge: DrugKnowledge
) -> Iterator[tuple[Rule, Taken, Taken, tuple[str, str]]]:
    """Yield the rules of a pair of ingredients in both directions; one that means both sides alike, once."""
    seen: set[str] = set()
    for a, b, names in ((first, second, (one, other)), (second, first, (other, one))):
        for rule in knowledge.between(*names):
            if rule.b is None or rule.id in seen:
                continue
            if _takes(rule.a, a, names[0]) and _takes(rule.b, b, names[1]):
                seen.add(rule.id)
                yield rule, a, b, names


def _qt_sum(person: Person, knowledge: DrugKnowledge) -> int:
    """Add up the grades of the drugs that lengthen QT, each drug once."""
    names = {n for t in person.current for n in t.drug.ingredients if t.drug.systemic(n)}
    return sum(knowledge.qt_risks[n].grade for n in names if n in knowledge.qt_risks)


def _unread(person: Person) -> Iterator[NotChecked]:
    """Name what could not be read: drugs, allergies, lists that did not arrive."""
    for taken in person.current:
        drug = taken.drug
        if drug.conflict:
            yield NotChecked(taken.text or drug.text, drug.conflict)
        elif not drug.parts:
            yield NotChecked(taken.text or drug.text, _unknown(taken))
        for words in drug.unresolved if drug.parts else ():
            yield NotChecked(words, "part of an entry that is not known as a drug")
    for allergy in person.allergies:
        if not allergy.understood and allergy.text:
            yield NotChecked(
                f"allergy: {allergy.text}", "not known as an allergen; no order was held against it"
            )
    lists = (
        ("drugs_known", "drug list"),
        ("allergies_known", "allergy list"),
        ("conditions_known", "condition list"),
    )
    for name, title in lists:
        if not getattr(person, name):
            yield NotChecked(title, "did not arrive whole")
    if not person.labs_known:
        yield NotChecked("laboratory values", "did not arrive whole")


def _unknown(taken: Taken) -> str:
    near = [name for names in taken.drug.near.values() for name in names][:3]
    asked = f"; did you mean {' or '.join(near)}?" if near else ""
    return f"not known as a drug, so nothing was checked about it{asked}"


def _once(alerts: Iterable[Alert]) -> list[Alert]:
    """Keep one alert of a rule about the same drugs, and of each pair of drugs the worst interaction.

    One drug stands on several lists: as an order, as what was dispensed on it, as what is taken at home.
    """
    kept: dict[tuple[str, str, tuple[str, ...]], Alert] = {}
    for alert in alerts:
        key = (alert.rule, next(iter(alert.refs), ""), tuple(sorted(alert.drugs)))
        kept[key] = _merged(kept[key], alert) if key in kept else alert
    pairs: dict[tuple[str, tuple[str, ...]], Alert] = {}
    rest: list[Alert] = []
    for alert in kept.values():
        if alert.kind != "interaction" or len(alert.drugs) < 2:
            rest.append(alert)
            continue
        pair = (next(iter(alert.refs), ""), tuple(sorted(alert.drugs)))
        before = pairs.get(pair)
        if before is None or RANK[alert.severity] > RANK[before.severity]:
            pairs[pair] = alert
    return [*pairs.values(), *rest]


def _merged(first: Alert, second: Alert) -> Alert:
    worse, other = (second, first) if RANK[second.severity] > RANK[first.severity] else (first, second)
    return replace(worse, refs=tuple(dict.fromkeys((*worse.refs, *other.refs))))


def _ordered(alerts: Iterable[Alert]) -> list[Alert]:
    return sorted(alerts, key=lambda a: (-RANK[a.severity], not a.interruptive, a.kind, a.rule, a.drugs))
