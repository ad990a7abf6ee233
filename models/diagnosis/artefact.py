"""What a training leaves behind: the encoder as ONNX and the report as JSON, with their SHA-256."""

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from models.base import ModelError
from models.diagnosis.network import Encoder, encoder_of
from models.registry import fetch

FOLDER = Path(__file__).parent / "weights"
MANIFEST = "manifest.json"
ENCODER, REPORT = "encoder.onnx", "report.json"
LICENCE = "Apache-2.0"


def write(name: str, data: bytes, about: Mapping[str, Any], folder: Path = FOLDER) -> str:
    """Write a file and its row of the manifest; return its SHA-256."""
    digest = hashlib.sha256(data).hexdigest()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
        rows = {**manifest(folder), name: {**about, "sha256": digest, "licence": LICENCE}}
        text = json.dumps(rows, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        (folder / MANIFEST).write_text(text, encoding="utf-8")
    except OSError as error:
        raise ModelError(
            f"{folder} cannot be written: {error.strerror}; train from a writable installation", code="usage"
        ) from None
    return digest


def manifest(folder: Path = FOLDER) -> Mapping[str, Mapping[str, Any]]:
    """Return the rows of the manifest by file; none where nothing was trained."""
    try:
        rows: Mapping[str, Mapping[str, Any]] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return rows


def read(name: str, folder: Path = FOLDER) -> bytes:
    """Return a file's bytes where their SHA-256 is that of the manifest; raise `BadArtefact`."""
    row = manifest(folder).get(name)
    if row is None:
        raise ModelError(
            f"{name} was not trained: run `clinicards train differential`, or reinstall", code="artefact"
        )
    return fetch(name, str(row["sha256"]), read=lambda file: (folder / file).read_bytes())


@lru_cache(maxsize=1)
def encoder() -> Encoder:
    """Return the encoder that was trained; raise where it is missing or changed."""
    return encoder_of(read(ENCODER))


def report(folder: Path = FOLDER) -> Mapping[str, Any]:
    """Return what the training measured."""
    found: Mapping[str, Any] = json.loads(read(REPORT, folder))
    return found
