"""Which learned items a service may show of a record: fewer than the ranking holds open, and why each."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest

from models.recommender.artefact import SCALE, Item
from models.recommender.drugs import Drugs
from models.recommender.gap_rows import Gap
from models.recommender.patient import Condition
from models.recommender.question import Look
from models.recommender.safety import Verdict

_LOOKED_AT = 40
_ASKS = "LAB"
"""How rules begin that ask for a missing result, and say nothing against a drug."""


@dataclass(frozen=True, slots=True)
class Pick:
    """One item with its score, terms, the conditions it would be for and its verdict."""

    item: Item
    score: float
    terms: Mapping[str, int]
    conditions: tuple[Condition, ...]
    verdict: Verdict


@dataclass(frozen=True)
class Picker:
    """What a look at one record needs to pick items; `judged` is the house's verdict on an item."""

    look: Look
    items: Sequence[Item]

    def picks(self, terms: Sequence[Mapping[str, int]], claimed: Iterable[Gap]) -> Iterator[Pick]:
        """Yield items from the highest score, none that a guideline rule speaks of already."""
        taken_by_rules = {name for gap in claimed for name in gap.already}
        least = self.look.asked.least * SCALE
        scores = [sum(one.values()) for one in terms]
        for place in nlargest(_LOOKED_AT, range(len(scores)), key=lambda i: (scores[i], -i)):
            if scores[place] < least:
                return
            item = self.items[place]
            if taken_by_rules & set(item.ingredients):
                continue
            conditions = tuple(self._conditions(item))
            if conditions:
                verdict = self._verdict(item)
                if verdict is not None:
                    yield Pick(item, scores[place] / SCALE, terms[place], conditions, verdict)

    def _conditions(self, item: Item) -> Iterator[Condition]:
        """Yield the active conditions that the item is listed for and that nothing on the list treats.

        That it was often ordered with a condition is no indication enough to be said in a chart.
        A frequent second drug for what is treated already would be said to nearly everybody.
        """
        drugs, look = self.look.drugs, self.look
        listed = {name for one in item.ingredients for name in drugs.indicated.get(one, ())}
        for one in look.patient.active:
            problems = drugs.problems(one)
            if not problems & listed or not self._asked_for(problems):
                continue
            if not (any(self._treated(name, drugs) for name in problems) or self._usual(one)):
                yield one

    def _asked_for(self, problems: frozenset[str]) -> bool:
        return self.look.asked.selected is None or bool(problems & self.look.selected_for)

    def _treated(self, problem: str, drugs: Drugs) -> bool:
        return any(problem in drugs.indicated.get(name, ()) for name in self.look.before)

    def _usual(self, one: Condition) -> bool:
        """Tell whether something that is usually ordered for a condition is taken already."""
        return any(
            one.code.code in item.links and set(item.ingredients) <= self.look.before
            for item in self.items
            if item.ingredients
        )

    def _verdict(self, item: Item) -> Verdict | None:
        """Return the verdict where nothing speaks against the item: the mildest alert on it withholds it.

        A guideline's therapy may be worth a caution; what was ordered often is not.
        """
        look = self.look
        own = look.house.judge(item.ingredients, look.chart)
        if own.verdict == "blocked" or any(" of one class" in reason for reason in own.reasons):
            return None
        found = look.safety.judge(item.rxcui, item.name, look.document)
        if found.verdict == "blocked" or any(not rule.startswith(_ASKS) for rule in found.rules):
            return None
        return own.joined(found)
