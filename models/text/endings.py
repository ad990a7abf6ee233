"""Where an item or a sentence ends within what was read as one sentence: full stops, brackets, signs."""

from collections.abc import Sequence

from models.text.cues import Cue
from models.text.sentences import Sentence

_SHORTENED = frozenset(
    (
        "incl",
        "approx",
        "esp",
        "prev",
        "resp",
        "abd",
        "temp",
        "hosp",
        "max",
        "min",
        "etc",
        "inc",
        "diag",
        "susp",
        "poss",
        "prob",
        "neg",
        "pos",
        "assoc",
        "sec",
        "prim",
        "chr",
        "hist",
        "sev",
        "mod",
        "bilat",
        "incr",
        "decr",
    )
)
"""Words with a full stop that ends no sentence."""
DEPTH = {"(": 1, "[": 1, ")": -1, "]": -1}


def enclosed(lower: Sequence[str], at: int, target: int) -> bool:
    """Tell whether a bracket that closes before the target holds this token: `no PE (CTPA for X), DVT`."""
    depth = 0
    for word in lower[at:target]:
        depth += DEPTH.get(word, 0)
        if depth < 0:
            return True
    return False


def ends_item(place: Sentence, at: int) -> bool:
    """Tell whether a full stop ends what goes on in small letters, or a sign begins another item."""
    words = place.words
    if words.texts[at] == "~":
        return "\n" in words.text[words.ends[at - 1] : words.starts[at]]
    before = words.lower[at - 1]
    apart = at + 1 < place.last and words.ends[at] < words.starts[at + 1]
    return apart and len(before) > 2 and before.isalpha() and before not in _SHORTENED


def stands_before(place: Sentence, at: int, cue: Cue) -> bool:
    """Tell whether a full stop right behind an entity ends it: words stand between it and the cue."""
    starts, ends = place.words.starts, place.words.ends
    return at + 1 < cue.first and ends[at] < starts[at + 1]
