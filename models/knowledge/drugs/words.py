"""Words of orders: how text becomes tokens, and what those mean that are no names of drugs."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import NamedTuple

_TOKEN = re.compile(
    r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d*\.?\d+|[a-zµμ]+(?:['’][a-z]+)?\d*|\[iu\]|[%/+&,()\[\]{};:#-]"
)
SEPARATORS = frozenset("/+&,;-")
BRACKETS = frozenset("()[]{}:#")
_SIGNS = SEPARATORS | BRACKETS


class Token(NamedTuple):
    """A word, a number or a sign of a text, in small letters, with its place; made quickly."""

    text: str
    start: int
    end: int

    @property
    def is_number(self) -> bool:
        """Tell whether this is a number."""
        return self.text[0].isdigit() or self.text[0] == "."

    @property
    def is_sign(self) -> bool:
        """Tell whether this is punctuation."""
        return self.text in _SIGNS

    @property
    def number(self) -> float:
        """Return the number that is written here."""
        return float(self.text.replace(",", ""))


@dataclass(frozen=True, slots=True)
class Words:
    """The vocabulary of orders."""

    salts: frozenset[str]
    filler: frozenset[str]
    units: Mapping[str, str]
    counted: Mapping[str, str]
    forms: Mapping[str, str]
    routes: Mapping[str, str]
    release: Mapping[str, str]
    spelt: Mapping[str, str]

    def knows(self, word: str) -> bool:
        """Tell whether a word is of an order but names no drug."""
        return (
            word in self.filler
            or word in self.salts
            or word in self.units
            or word in self.forms
            or word in self.routes
            or word in self.release
            or word in self.counted
        )


@lru_cache(maxsize=1)
def load_words() -> Words:
    """Return the vocabulary that ships with the package."""
    text = (resources.files("models.knowledge.drugs") / "tables" / "words.toml").read_text(encoding="utf-8")
    read = tomllib.loads(text)
    return Words(frozenset(read.pop("salts")), frozenset(read.pop("filler")), **read)


def tokens(text: str) -> tuple[Token, ...]:
    """Return the tokens of a text; what is neither word, number nor sign is left out."""
    return tuple([Token(found[0], *found.span()) for found in _TOKEN.finditer(text.lower())])


def key(text: str) -> str:
    """Return how a name is looked up: its words and numbers without the signs between them."""
    return " ".join(
        token.text.replace("’", "'") for token in tokens(text) if not token.is_sign or token.text == "#"
    )
