"""The override reasons that our own services offer."""

from functools import cache

from cds.services.clinical_scores.phrases import words


def known_reason(system: str, code: str) -> bool:
    """Tell whether a reason is in the vocabulary of our own services."""
    return (system, code) in _offered()


@cache
def _offered() -> frozenset[tuple[str, str]]:
    return frozenset((reason.system, reason.code) for reason in words().overrides.values())
