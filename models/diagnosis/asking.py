"""What to ask next, by expected information over the likeliest conditions, and what cannot be told apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log2

from models.diagnosis.person import Person
from models.diagnosis.scorer import Candidate, Evidence, Scorer
from models.knowledge.diagnosis import band_of

_OVER = 6
_EACH = 12
_MOST = 5
_ASKABLE = frozenset(("symptom", "sign", "history", "exposure", "vital"))
_ALIKE = 2.0
"""Two conditions whose probabilities differ by less than this factor are not told apart."""


@dataclass(frozen=True, slots=True)
class Question:
    """A finding worth knowing, and how many bits of doubt it is expected to settle."""

    finding: str
    bits: float


def ask_next(
    scorer: Scorer, person: Person, evidence: Evidence, ranked: Sequence[Candidate]
) -> tuple[Question, ...]:
    """Return the findings expected to settle most, most first: approximate, over the likeliest."""
    top = ranked[:_OVER]
    whole = sum(one.probability for one in top)
    if not whole:
        return ()
    shares = [one.probability / whole for one in top]
    doubt = -sum([_term(share) for share in shares])
    names, band = [one.condition for one in top], band_of(person.age_years)
    found = []
    for name in _candidates(scorer, evidence, top):
        column = scorer.column(name, band, person.sex)
        rates = [column.get(condition, column[""]) for condition in names]
        found.append(Question(name, doubt - _left(shares, rates)))
    found.sort(key=lambda question: (-question.bits, question.finding))
    return tuple(question for question in found[:_MOST] if question.bits > 0.005)


def neighbours(ranked: Sequence[Candidate]) -> tuple[str, ...]:
    """Return the conditions that what is known does not tell from the first."""
    if not ranked:
        return ()
    least = ranked[0].probability / _ALIKE
    return tuple(one.condition for one in ranked[1:_OVER] if one.probability >= least)


def _candidates(scorer: Scorer, evidence: Evidence, top: Sequence[Candidate]) -> list[str]:
    base = scorer.base
    known = evidence.present | evidence.absent
    found: set[str] = set()
    for one in top:
        open_ = (
            name
            for name in base.relevant(one.condition)
            if name not in known
            and base.findings[name].kind in _ASKABLE
            and not base.ancestors[name] & evidence.absent
        )
        found.update(name for name, _ in zip(open_, range(_EACH), strict=False))
    return sorted(found)


def _left(shares: Sequence[float], rates: Sequence[float]) -> float:
    """Return the doubt of these shares that is left on average once the answer is known, in bits."""
    yes = [share * rate for share, rate in zip(shares, rates, strict=True)]
    no = [share - part for share, part in zip(shares, yes, strict=True)]
    parted = sum([part * log2(part) for part in (*yes, *no) if part > 0])
    return _term(sum(yes)) + _term(sum(no)) - parted


def _term(share: float) -> float:
    return share * log2(share) if share > 0 else 0.0
