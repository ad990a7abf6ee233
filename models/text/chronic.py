"""What stays once it is there: under `past medical history` such a problem is present, not over."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from models.text import rulebook
from models.text.lexicon import ICD10, Entry

_STAYING = rulebook.words("staying")
_LASTING = frozenset(("chronic", "congenital", "hereditary", "familial", "longstanding", "lifelong"))
"""First words of what stays, whatever it is."""


@dataclass(frozen=True)
class Chronic:
    """Codes, by how they begin, of what stays."""

    codes: tuple[str, ...]
    met: dict[str, bool] = field(init=False, default_factory=dict, compare=False)
    """Codes that were asked for; there are no more than lexicons have."""

    def of(self, entry: Entry, stems: Sequence[str]) -> bool:
        """Tell whether an entry or, where it has no code, its words name what stays."""
        if stems and stems[0] in _LASTING and entry.kind == "problem":
            return True
        own = [code.code for code in entry.codes if code.system == ICD10]
        if own:
            return any(map(self._stays, own))
        return entry.kind == "problem" and bool(stems) and stems[-1] in _STAYING

    def _stays(self, code: str) -> bool:
        known = self.met.get(code)
        if known is None:
            known = self.met[code] = code.startswith(self.codes)
        return known
