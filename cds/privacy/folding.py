"""Ways of writing folded together: full-width letters, accents, look-alikes, marks nobody sees.

A name typed with a Cyrillic "а", a telephone number in full-width digits and an accent left out are still the
name and the number. Both sides of every comparison are folded the same way.
"""

import re
import unicodedata

# Letters of other alphabets that look like Latin ones (Unicode TR 39 calls them confusables), and digits that
# are typed for letters. What is folded is compared with what is folded, so that real Cyrillic stays Cyrillic.
_LOOKALIKES = str.maketrans(
    "абвгдезикмнорстухцчшыьэюяіїјѕ" + "αβγδεζηικμνορτυχω" + "ıℓ01’ʼ`´‐‑‒–—",
    "abbrдe3ukmhopctyxцчшыьэюяiїjs" + "abyδezniκmvoptuxw" + "ilol''''-----",
)
_LETTERS_AS_DIGITS = str.maketrans("oil|", "0111")
_SQUEEZED = {
    code: (chr(code).lower() if chr(code).isalnum() else None) for code in range(128) if code != ord("\n")
} | {ord(letter): digit for letter, digit in zip("oOiIlL", "001111", strict=True)}
"""ASCII as `squeezed` leaves it: letters and digits, in the form in which identifiers are compared."""
_BETWEEN_ON_LINE = re.compile(r"(?:[^\w\n]|_)+")


def visible(text: str) -> str:
    """Return the text in compatibility form without marks nobody sees; digits of all scripts become 0-9."""
    if text.isascii():
        return text
    plain = unicodedata.normalize("NFKC", text)
    return "".join(_digit(c) for c in plain if unicodedata.category(c) != "Cf")


def _digit(character: str) -> str:
    return str(unicodedata.digit(character)) if character.isdigit() else character


def folded(text: str) -> str:
    """Return the form in which names are compared."""
    text = text.casefold()
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text).casefold()
        text = "".join(_digit(c) for c in decomposed if unicodedata.category(c) not in {"Cf", "Mn"})
    return text.translate(_LOOKALIKES)


def compact(text: str) -> str:
    """Return the form in which a token of an identifier is compared: letters taken for digits are digits."""
    return visible(text).casefold().translate(_LETTERS_AS_DIGITS)


def squeezed(text: str) -> str:
    """Return visible text, line by line, in the form of identifiers, with nothing between their parts."""
    if text.isascii():
        return text.translate(_SQUEEZED)
    return compact(_BETWEEN_ON_LINE.sub("", text))
