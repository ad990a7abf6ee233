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
    band = band_of(person.age_years)
    found = []
    for name in _candidates(scorer, evidence, top):
        rates = [scorer.frequency(one.condition, name, band, person.sex) for one in top]
        found.append(Question(name, _settled(shares, rates)))
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


def _settled(shares: Sequence[float], rates: Sequence[float]) -> float:
    """Return the entropy of these shares less what is left on average once the answer is known."""
    yes = [share * rate for share, rate in zip(shares, rates, strict=True)]
    no = [share - part for share, part in zip(shares, yes, strict=True)]
    return _entropy(shares) - _left(yes) - _left(no)


def _left(parts: Sequence[float]) -> float:
    whole = sum(parts)
    return whole * _entropy([part / whole for part in parts]) if whole > 0 else 0.0


def _entropy(shares: Sequence[float]) -> float:
    return -sum(share * log2(share) for share in shares if share > 0)
