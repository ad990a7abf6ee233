"""Our own vignettes, split by the hash of their ids into an open and a closed half."""

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

from models.base import ModelError
from models.knowledge.diagnosis.rows import URGENCIES


@dataclass(frozen=True, slots=True)
class Vignette:
    """One story with what it is; further conditions and urgencies are also right."""

    id: str
    text: str
    conditions: tuple[str, ...]
    urgencies: tuple[str, ...]
    setting: str

    @property
    def closed(self) -> bool:
        """Return whether it belongs to the half that nothing is fitted on."""
        return hashlib.sha256(self.id.encode()).digest()[0] % 2 == 1

    @property
    def document(self) -> Mapping[str, Any]:
        """Return it as the model reads it; age and sex come from the words."""
        return {"id": self.id, "text": self.text, "setting": self.setting}


@lru_cache(maxsize=1)
def vignettes() -> tuple[Vignette, ...]:
    """Return every vignette, by id; raise `ModelError` where an id is there twice."""
    folder = resources.files("models.diagnosis") / "vignettes"
    found: dict[str, Vignette] = {}
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if not file.name.endswith(".toml"):
            continue
        for name, row in _rows(file):
            if name in found:
                raise ModelError(f"{file.name}: {name}: this vignette is there twice; ids are unique")
            found[name] = row
    return tuple(found[name] for name in sorted(found))


@lru_cache(maxsize=1)
def unseen() -> tuple[Vignette, ...]:
    """Return the stories of an author who knew nothing of this model; nothing is repaired on them."""
    return tuple(row for _, row in _rows(resources.files("models.diagnosis") / "unseen.toml"))


def _rows(file: Traversable) -> Iterator[tuple[str, Vignette]]:
    for name, row in tomllib.loads(file.read_text(encoding="utf-8")).items():
        yield name, _row(name, row, file.name)


def _row(name: str, row: Mapping[str, str], file: str) -> Vignette:
    levels = tuple(part.strip() for part in row["urgency"].split(";"))
    if not set(levels) <= set(URGENCIES):
        raise ModelError(f"{file}: {name}: urgency is of {', '.join(URGENCIES)}")
    conditions = tuple(part.strip() for part in row["is"].split(";"))
    return Vignette(name, row["text"], conditions, levels, row.get("setting", "primary-care"))
