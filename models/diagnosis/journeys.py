"""What is said in words that mean nothing alone: `on the pill`, `drove for nine hours`, `12 hour flight`."""

import re
from collections.abc import Iterator

_PILL = re.compile(
    r"\b(?:on|takes|taking|uses|using|(?:re)?started(?: on)?) the "
    r"(?:(?:combined|mini|progestogen-only)[ -])?pill\b"
    r"(?! (?:for (?!contraception|birth control|acne|endometriosis|(?:her )?periods)"
    r"|box|camera|that|which|she|he|you|they)\b)",
    re.IGNORECASE,
)
"""`The pill` without more is the contraceptive; `the pill for her heart` is not."""
_HOURS = (
    r"(?:[4-9]|[12]\d|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|many)"
    r"[- ]?(?:h|hrs?|hours?)"
)
"""Sitting for so long doubles the risk of a clot: WHO Research Into Global Hazards of Travel, 2007."""
_BY = r"(?:flights?|plane|car|coach|bus|train|road|drive|journey|ride)"
_SEATED = re.compile(
    rf"\b(?:long[- ]haul (?:flights?|plane)|{_HOURS}[- ]{_BY}(?: (?:ride|journey|trip))?"
    r"|(?:flights?|flew|flown|drove|driven|drive|journey"
    r"|sat (?:on|in) (?:a |the )?(?:plane|coach|bus|train|car))"
    rf"(?: (?:home|back|for|of|over|lasting|nearly|about|took))* {_HOURS}\b)",
    re.IGNORECASE,
)


def journeys(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield the findings, with their offsets."""
    for name, pattern in (("hormonal-contraception", _PILL), ("immobile-recent", _SEATED)):
        for match in pattern.finditer(text):
            yield name, *match.span()
