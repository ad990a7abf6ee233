"""What one score's card says beside its definition's own rows: formula, limits, population, test vectors."""

import inspect
from collections import Counter
from typing import Any

from models.scores import definition as definitions
from models.scores.definition import Definition
from models.scores.schema import span
from models.scores.vectors import vectors_of

SUITE = "scores"


def particulars(name: str) -> dict[str, Any]:
    """Return what the card of this score or of the suite adds."""
    if name == SUITE:
        return {"vectors": counts([v.kind for one in definitions.names() for v in vectors_of(one)])}
    one = definitions.load(name.removeprefix(f"{SUITE}/"))
    return {
        "formula": inspect.getsource(one.formula),
        "population": population(one),
        "limits": [limit.why for limit in one.limits],
        "vectors": counts([vector.kind for vector in vectors_of(one.name)]),
    }


def counts(kinds: list[str]) -> dict[str, int]:
    """Return how many vectors there are, by where their numbers come from."""
    return dict(sorted(Counter(kinds).items()))


def population(definition: Definition) -> str:
    """Say whom the score was validated for, by its ranges of age and sex; the traps say the rest."""
    age = definition.lookup.get("age_years")
    sex = definition.lookup.get("sex")
    ages = (
        span(age).removesuffix(" a") if age and (age.low, age.high, age.below) != (None, None, None) else ""
    )
    parts = [
        f"Ages {ages} years." if ages else "No range of age is part of the definition.",
        f"Validated for {' and '.join(sex.values)} patients." if sex else "",
        "What else limits it stands under what to watch for." if definition.traps else "",
    ]
    return " ".join(part for part in parts if part)
