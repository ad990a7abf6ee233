"""Drugs that may stand in for a draft: named by its rule, and only those that passed every check."""

from collections.abc import Iterator
from dataclasses import replace

from models.knowledge.drugs.knowledge import DrugKnowledge
from models.knowledge.drugs.resolve import Resolver
from models.medsafety.alerts import Alert
from models.medsafety.judge import judge
from models.medsafety.person import Person, Taken
from models.medsafety.terms import Terms

_TRIED = 8
_SHOWN = 2
_SERIOUS = frozenset({"critical", "warning"})


def passed(
    alert: Alert, person: Person, *, knowledge: DrugKnowledge, resolver: Resolver, terms: Terms
) -> tuple[str, ...]:
    """Return up to two alternatives of an alert that raise no warning where they take the draft's place."""
    subject = next((t for t in person.drafts if t.ref in alert.refs), None)
    if subject is None or alert.severity not in _SERIOUS:
        return ()
    found: list[str] = []
    named = (n for n in _candidates(alert, subject, knowledge) if _stands_in(n, subject, alert, knowledge))
    for position, name in enumerate(named):
        if position >= _TRIED or len(found) >= _SHOWN:
            break
        stand_in = replace(subject, drug=resolver.resolve(name), text=name)
        tried = replace(person, drugs=tuple(stand_in if t is subject else t for t in person.drugs))
        said = judge(tried, knowledge=knowledge, terms=terms, subjects=[stand_in])
        if stand_in.drug.resolved and not any(a.severity in _SERIOUS for a in said.alerts):
            found.append(name)
    return tuple(found)


def _stands_in(name: str, subject: Taken, alert: Alert, knowledge: DrugKnowledge) -> bool:
    """Tell whether a drug is given for what the draft is given for: a pair's rule names one side's stand-ins.

    Acetaminophen replaces the ibuprofen beside warfarin, and never the warfarin.
    """
    if len(alert.drugs) < 2:
        return True
    for own in subject.drug.ingredients:
        if knowledge.classes_of(own) & knowledge.classes_of(name):
            return True
        if _given_for(own, knowledge) & _given_for(name, knowledge):
            return True
    return False


def _given_for(name: str, knowledge: DrugKnowledge) -> frozenset[str]:
    return frozenset(row.condition for row in knowledge.indications if row.drugs.takes(name))


def _candidates(alert: Alert, subject: Taken, knowledge: DrugKnowledge) -> Iterator[str]:
    """Yield the ingredients that a rule names as alternatives, those of a class by name."""
    for name in alert.alternatives:
        members = knowledge.classes[name].members if name in knowledge.classes else (name,)
        yield from (n for n in sorted(members) if n not in subject.drug.ingredients)
