"""The texts written by hand: a half to learn from, one looked at for the last figure only, spent ones.

Once a closed half was scored, a new one takes its place, and the old one is spent: its figure has been said,
and it may be learnt from. `others` are of three other authors, of many countries; `unseen` are everyday work
of one more author, `strangers` questions and difficult notes of another: of both nothing was learnt.
"""

import hashlib
import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Final, Literal

from cds.privacy.trials.trial import EITHER, TRAP, Trial, literal_pieces, put_together

Half = Literal["open", "closed", "others", "unseen", "strangers", "spent", "both"]
HALVES: Final[tuple[Half, ...]] = ("open", "closed")
ASKED: Final[dict[str, tuple[Half, ...]]] = {
    **{part: (part,) for part in ("open", "closed", "others", "unseen", "strangers")},
    "both": HALVES,
    "none": (),
}
"""What of them is measured on by what is asked for."""
_FILES: Final = {
    "open": "hand_open.txt",
    "closed": "hand_sealed.txt",
    "others": "hand_others.txt",
    "spent": "hand_spent.txt",
    "unseen": "hand_unseen.txt",
    "strangers": "hand_strangers.txt",
}
_HEAD: Final = re.compile(r"^%% *([\w-]+) *$", re.MULTILINE)


def hand(half: Half) -> Iterator[Trial]:
    """Yield the texts written by hand, of one half or both."""
    for part in HALVES if half == "both" else (half,):
        text = files("cds.privacy.trials").joinpath("data", _FILES[part]).read_text(encoding="utf-8")
        yield from read_marked(text, f"hand-{part}")


def read_marked(text: str, name: str) -> Iterator[Trial]:
    """Yield the trials of a file, each after a line `%% kind`; raise ValueError for a wrong mark."""
    parts = _HEAD.split(text)
    for number, (kind, markup) in enumerate(zip(parts[1::2], parts[2::2], strict=True), start=1):
        plain, spans, others = put_together(literal_pieces(markup.strip("\n")))
        yield Trial(
            f"{name}-{number}", plain, spans, tuple(others[TRAP]), tuple(others[EITHER]), kind, "hand"
        )


def half_of(text: str) -> Literal["open", "closed"]:
    """Return the half a text belongs to, by its SHA-256."""
    return "closed" if hashlib.sha256(text.encode()).digest()[0] % 2 else "open"
