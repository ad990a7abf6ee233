"""The data files as one JSON document: reading it takes a tenth of the time of reading the TOML files.

`python -m models.knowledge.diagnosis.compiled` writes it; a build does so once. Loading takes it where its
digest is that of the TOML files at hand, and reads those otherwise: a stale document is never used.
"""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

NAME = "diagnosis.compiled.json"
_FOLDERS = ("findings", "conditions")
_FILES = ("investigations.toml", "timing.toml")

Documents = Mapping[str, Mapping[str, Any]]


def documents(root: Traversable) -> Documents:
    """Return every parsed data file below this folder, by its path."""
    texts = _texts(root)
    compiled = root / NAME
    if compiled.is_file():
        found = json.loads(compiled.read_bytes())
        if found["digest"] == _digest(texts):
            return {**found["documents"]}
    return {place: tomllib.loads(text.decode("utf-8")) for place, text in texts.items()}


def compile_to(folder: Path) -> Path:
    """Write the compiled document into this folder, which holds the data files, and return its path."""
    texts = _texts(folder)
    parsed = {place: tomllib.loads(text.decode("utf-8")) for place, text in texts.items()}
    target = folder / NAME
    whole = {"digest": _digest(texts), "documents": parsed}
    target.write_text(json.dumps(whole, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    return target


def _texts(root: Traversable) -> Mapping[str, bytes]:
    found = {
        f"{folder}/{file.name}": file.read_bytes()
        for folder in _FOLDERS
        for file in sorted((root / folder).iterdir(), key=lambda f: f.name)
        if file.name.endswith(".toml")
    }
    return found | {name: (root / name).read_bytes() for name in _FILES}


def _digest(texts: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for place, text in texts.items():
        digest.update(f"{place}\0{len(text)}\0".encode())
        digest.update(text)
    return digest.hexdigest()


if __name__ == "__main__":
    compile_to(Path(str(resources.files("models.knowledge"))))
