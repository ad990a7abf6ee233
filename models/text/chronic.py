"""What stays once it is there: under `past medical history` such a problem is present, not over."""

from collections.abc import Sequence
from dataclasses import dataclass

from models.text import rulebook
from models.text.lexicon import ICD10, Entry

_STAYING = rulebook.words("staying")


@dataclass(frozen=True)
class Chronic:
    """Codes, by how they begin, of what stays."""

    codes: tuple[str, ...]

    def of(self, entry: Entry, stems: Sequence[str]) -> bool:
        """Tell whether an entry or, where it has no code, its words name what stays."""
        own = [code.code for code in entry.codes if code.system == ICD10]
        if own:
            return any(code.startswith(self.codes) for code in own)
        return entry.kind == "problem" and bool(stems) and stems[-1] in _STAYING
