"""What one score's card says beside its definition's own rows: formula, limits, population, test vectors."""

import inspect
import sys
from collections import Counter
from collections.abc import Callable
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
        "formula": "\n\n".join(source.rstrip() for source in formula(one.formula)) + "\n",
        "population": population(one),
        "limits": [limit.why for limit in one.limits],
        "vectors": counts([vector.kind for vector in vectors_of(one.name)]),
    }


def formula(function: Callable[..., Any]) -> list[str]:
    """Return the code of a function and of those of its module that it calls, each once."""
    module = sys.modules[function.__module__]
    found: dict[str, str] = {}
    waiting = [function]
    while waiting:
        one = waiting.pop(0)
        if one.__name__ in found:
            continue
        found[one.__name__] = inspect.getsource(one)
        called = (getattr(module, name, None) for name in inspect.unwrap(one).__code__.co_names)
        waiting += [c for c in called if inspect.isfunction(c) and c.__module__ == module.__name__]
    return list(found.values())


def counts(kinds: list[str]) -> dict[str, int]:
    """Return how many vectors there are, by where their numbers come from."""
    return dict(sorted(Counter(kinds).items()))


def population(definition: Definition) -> str:
    """Say whom the score was validated for, by its range of age; the traps say the rest."""
    age = definition.lookup.get("age_years")
    ages = (
        span(age).removesuffix(" a") if age and (age.low, age.high, age.below) != (None, None, None) else ""
    )
    parts = [
        f"Ages {ages} years." if ages else "No range of age is part of the definition.",
        "What else limits it stands under what to watch for." if definition.traps else "",
    ]
    return " ".join(part for part in parts if part)
