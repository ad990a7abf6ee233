"""Understand clinical text, in process: `understand(text)` for services and other models.

`reader()` gives the rules and learned parts that ship; `reader(added=(lexicon(...),))` one that also knows
another model's wordings, so that its findings are found with their codes and everything that is said of them.
"""

import os
from functools import lru_cache
from pathlib import Path

from models.text.found import Cause, Entity, Understood
from models.text.lexicon import Code, Entry, Lexicon, lexicon
from models.text.parts import Parts
from models.text.reading import Reader
from models.text.rulebook import load

SITE_RULES = "CLINICARDS_TEXT_RULES"
"""Environment variable that names a folder of a site's rule files."""


def reader(site: Path | None = None, *, added: tuple[Lexicon, ...] = ()) -> Reader:
    """Return a reader; without a folder, that of the environment is laid over our rules, if there is one."""
    named = os.environ.get(SITE_RULES, "")
    place = site or (Path(named) if named else None)
    return _plain(place) if not added else Reader(Parts(load(place), added))


@lru_cache(maxsize=4)
def _plain(site: Path | None) -> Reader:
    found = Reader(Parts(load(site)))
    if site is not None:
        found.check()
    return found


def understand(text: str) -> Understood:
    """Return what a text says: entities with what is said of them, sections, what was left unread."""
    return reader().understand(text)


__all__ = [
    "Cause",
    "Code",
    "Entity",
    "Entry",
    "Lexicon",
    "Reader",
    "Understood",
    "lexicon",
    "reader",
    "understand",
]
