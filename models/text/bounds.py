"""What is read of a text: no more than so many characters, none of them half a sign."""

import re

MOST_CHARACTERS = 400_000
SURROGATES = re.compile("[\ud800-\udfff]")


def bounded(text: str) -> tuple[str, tuple[str, ...]]:
    """Return what is read of a text and what is to be said of it; no character moves."""
    notes = []
    if SURROGATES.search(text):
        text = SURROGATES.sub("\N{REPLACEMENT CHARACTER}", text)
        notes.append("characters that are no text were read as unknown signs")
    if "\0" in text:
        notes.append("the text has bytes of no text in it; it may be a binary file")
    if len(text) > MOST_CHARACTERS:
        notes.append(f"only the first {MOST_CHARACTERS} of {len(text)} characters were read")
        text = text[:MOST_CHARACTERS]
    if text and not any(letter.isalnum() for letter in text):
        notes.append("there are no words in the text")
    return text, tuple(notes)
