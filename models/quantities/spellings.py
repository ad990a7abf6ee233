"""Everyday spellings of units, and the UCUM code each stands for (`spellings.toml`)."""

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources

_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_SIGNS = str.maketrans({"µ": "u", "μ": "u", "×": "x", "º": "°"}) | _RAISED


@lru_cache(maxsize=1)
def _tables() -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return code by spelling: those whose case matters, and those folded to lower case."""
    path = resources.files("models.quantities") / "spellings.toml"
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    exact, folded = (
        {spelling: code for code, spellings in table[part].items() for spelling in spellings}
        for part in ("exact", "folded")
    )
    return exact, folded


def canonical_spelling(text: str) -> str:
    """Return the UCUM code a spelling stands for, or the text itself where it is no everyday spelling."""
    # A raised exponent of ten must not become the number beside it: 10³ is 10*3 and not 103.
    powers = re.sub(r"10(?=[⁰¹²³⁴⁵⁶⁷⁸⁹⁻])", "10^", text.strip())
    clean = re.sub(r"\s+", " ", powers.translate(_SIGNS))
    exact, folded = _tables()
    return exact.get(clean) or folded.get(clean.lower()) or clean
