"""Tell what the tagger takes for a name in a note and is none: placeholders, signs, adjectives, people."""

import re

from models.text import rulebook
from models.text.tokens import Words

_ADJECTIVE = re.compile(r"(?:ic|al|ary|oid)\Z")
_LONGEST_LETTERS = 5
"""Letters of an abbreviation: one that no list knows is no name by the tagger's word alone."""
_ALONE = rulebook.words("no_name_alone")
_TITLES = frozenset(["dr", "mr", "mrs", "ms", "prof", "professor", "doctor"])


def placeholder(words: Words, first: int, last: int) -> bool:
    """Tell whether it is what de-identification leaves in place of a name: `[NAME]`."""
    start = words.starts[first]
    opened = words.text.rfind("[", max(0, start - 40), start + 1)
    closed = words.text.find("]", opened, opened + 80) if opened >= 0 else -1
    return closed >= words.ends[last - 1] - 1 and words.text[opened + 1 : closed].isupper()


def no_name(words: Words, at: int) -> bool:
    """Tell whether one word that the tagger found is a sign, an adjective, a heading or somebody's name."""
    word = words.texts[at]
    if len(word) < 3 or not word.isalpha() or _ADJECTIVE.search(word.lower()):
        return True
    if words.lower[at] in _ALONE:
        return True
    if word.isupper() and len(word) <= _LONGEST_LETTERS:
        return True
    if at + 1 < len(words.texts) and words.texts[at + 1] == ":":
        return True
    return at > 0 and words.lower[at - 1 - (words.texts[at - 1] == "." and at > 1)] in _TITLES
