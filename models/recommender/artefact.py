"""What a training leaves behind: items and weights as JSON, with a manifest of versions and SHA-256."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from models.base import ModelError, UnknownModel
from models.recommender.features import VIEWS, View
from models.registry import fetch

FOLDER = Path(__file__).parent / "weights"
MANIFEST = "manifest.json"
FORMAT = 1
SCALE = 10_000
"""Weights are whole numbers of one ten-thousandth, so that terms add up to the score as printed."""


@dataclass(frozen=True, slots=True)
class Item:
    """One product that may be ranked: code, name, what is in it, and the conditions it was ordered for."""

    rxcui: str
    name: str
    ingredients: tuple[str, ...]
    orders: int
    links: tuple[str, ...]
    """Codes of conditions with which it was ordered clearly more often than without."""


@dataclass(frozen=True)
class Weights:
    """One view's weights: by feature, the item's position with its weight in ten-thousandths."""

    baseline: tuple[int, ...]
    by_feature: Mapping[str, tuple[tuple[int, int], ...]]


@dataclass(frozen=True)
class Artefact:
    """A trained ranking."""

    version: str
    items: tuple[Item, ...]
    views: Mapping[View, Weights]
    names: Mapping[str, str]
    """What the codes of conditions are called."""


@dataclass(frozen=True)
class Entry:
    """A row of the manifest: which file, from which data, under which seed."""

    version: str
    file: str
    sha256: str
    data: str
    data_sha256: str
    data_licence: str
    seed: int
    patients: int
    orders: int
    items: int


def write(artefact: Artefact, folder: Path) -> tuple[str, bytes]:
    """Write the weights of an artefact; return the file's name and its bytes."""
    document = {
        "format": FORMAT,
        "version": artefact.version,
        "items": [list(asdict(item).values()) for item in artefact.items],
        "names": dict(sorted(artefact.names.items())),
        "views": {
            view: {
                "baseline": list(one.baseline),
                "by_feature": {
                    name: [number for pair in pairs for number in pair]
                    for name, pairs in sorted(one.by_feature.items())
                },
            }
            for view, one in artefact.views.items()
        },
    }
    data = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    name = f"{artefact.version}.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    except OSError as error:
        raise ModelError(
            f"{folder} cannot be written: {error.strerror}; train from a writable installation", code="usage"
        ) from None
    return name, data


def read(data: bytes) -> Artefact:
    """Return the artefact that some bytes hold; raise `ModelError` where they are of another format."""
    document = json.loads(data)
    if document.get("format") != FORMAT:
        raise ModelError(f"weights of format {document.get('format')!r}; this version reads {FORMAT}")
    items = tuple(Item(r, n, tuple(i), o, tuple(links)) for r, n, i, o, links in document["items"])
    views = {view: _weights(document["views"][view]) for view in VIEWS}
    return Artefact(document["version"], items, views, document["names"])


def _weights(row: Mapping[str, Any]) -> Weights:
    pairs = {name: tuple(zip(flat[::2], flat[1::2], strict=True)) for name, flat in row["by_feature"].items()}
    return Weights(tuple(row["baseline"]), pairs)


def entries(folder: Path = FOLDER) -> tuple[Entry, ...]:
    """Return the rows of the manifest, oldest first; none where nothing was trained."""
    try:
        rows = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ()
    return tuple(Entry(**row) for row in rows)


def register(entry: Entry, folder: Path) -> None:
    """Add a row to the manifest, in the place of one of the same version."""
    kept = [asdict(one) for one in entries(folder) if one.version != entry.version]
    text = json.dumps([*kept, asdict(entry)], indent=2, ensure_ascii=False) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")


def entry_of(version: str, folder: Path = FOLDER) -> Entry:
    """Return a version's row; raise `UnknownModel`."""
    for one in entries(folder):
        if one.version == version:
            return one
    raise UnknownModel(
        f"recommender has no version {version!r}; `clinicards models list` shows what there is"
    )


def load(version: str, folder: Path = FOLDER) -> Artefact:
    """Return a version's weights where their SHA-256 is that of the manifest; raise `BadArtefact`."""
    entry = entry_of(version, folder)
    return read(fetch(entry.file, entry.sha256, read=lambda name: (folder / name).read_bytes()))
