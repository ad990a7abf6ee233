"""Drugs that may stand in for a draft: named by its rule, and only those that passed every check."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from models.knowledge.drugs.knowledge import DrugKnowledge
from models.knowledge.drugs.resolve import Resolver
from models.medsafety.alerts import Alert
from models.medsafety.judge import speaks
from models.medsafety.person import Person, Taken
from models.medsafety.terms import Terms

_TRIED = 8
_SHOWN = 2
_SERIOUS = frozenset({"critical", "warning"})


@dataclass(frozen=True)
class Alternatives:
    """Looks for stand-ins for one person's drafts; each is tried once, however many alerts name it."""

    person: Person
    knowledge: DrugKnowledge
    resolver: Resolver
    terms: Terms
    _tried: dict[tuple[str, str], bool] = field(default_factory=dict)

    def of(self, alert: Alert) -> tuple[str, ...]:
        """Return up to two alternatives of an alert that raise no warning in its draft's place."""
        subject = next((t for t in self.person.drafts if t.ref in alert.refs), None)
        if subject is None or alert.severity not in _SERIOUS:
            return ()
        found: list[str] = []
        named = (n for n in self._candidates(alert, subject) if self._stands_in(n, subject, alert))
        for position, name in enumerate(named):
            if position >= _TRIED or len(found) >= _SHOWN:
                break
            if self._passes(name, subject):
                found.append(name)
        return tuple(found)

    def _passes(self, name: str, subject: Taken) -> bool:
        key = (subject.ref, name)
        if key not in self._tried:
            self._tried[key] = self._clean(name, subject)
        return self._tried[key]

    def _clean(self, name: str, subject: Taken) -> bool:
        """Tell whether a drug raises no warning in the place of a draft."""
        stand_in = replace(subject, drug=self.resolver.named(name), text=name)
        if not stand_in.drug.resolved:
            return False
        others = (stand_in if t is subject else t for t in self.person.drugs)
        tried = replace(self.person, drugs=tuple(others))
        return not speaks(tried, stand_in, least="warning", knowledge=self.knowledge, terms=self.terms)

    def _stands_in(self, name: str, subject: Taken, alert: Alert) -> bool:
        """Tell whether a drug is given for what the draft is given for.

        A rule of a pair names stand-ins for one side only: acetaminophen replaces the ibuprofen beside
        warfarin, and never the warfarin.
        """
        if len(alert.drugs) < 2:
            return True
        known = self.knowledge
        return any(
            known.classes_of(own) & known.classes_of(name) or known.given_for(own) & known.given_for(name)
            for own in subject.drug.ingredients
        )

    def _candidates(self, alert: Alert, subject: Taken) -> Iterator[str]:
        """Yield the ingredients that a rule names as alternatives, those of a class by name."""
        classes = self.knowledge.classes
        for name in alert.alternatives:
            members = classes[name].members if name in classes else (name,)
            yield from (n for n in sorted(members) if n not in subject.drug.ingredients)
