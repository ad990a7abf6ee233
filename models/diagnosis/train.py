"""`clinicards train differential`: simulate patients, train every model, compare them, keep the encoder.

Nothing but the knowledge base goes in. Vignettes are never trained on; those of the open half decide
whether the encoder ships beside the scorer, and the closed half is not read here at all.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from models.base import ModelError
from models.diagnosis import artefact

VERSION = "2026.1"


@dataclass(frozen=True)
class Effort:
    """How many patients are simulated for what, and how often each is seen."""

    patients: int = 60_000
    crossed: int = 8_000
    stories: int = 16_000
    held: int = 2_000
    epochs: int = 5
    rate: float = 3e-3


def train(
    name: str,
    *,
    data: str | None,  # noqa: ARG001 -- every trainer is handed a folder; here all is simulated
    seed: int = 0,
    folder: Path = artefact.FOLDER,
    effort: Effort = Effort(),
) -> Iterator[str]:
    """Train and compare all models, and write the encoder and the report; yield lines of progress."""
    try:
        # Loaded here alone: torch, sklearn and onnx are of the extra `train`, and serving has none of them.
        from models.diagnosis.learning import course
    except ModuleNotFoundError as error:
        raise ModelError(
            f"{name}: {error.name} is not installed; install clinicards[train]", code="not-installed"
        ) from None
    outcome = yield from course.run(effort, seed=seed)
    about = _about(outcome.about, effort, seed)
    digest = artefact.write(artefact.ENCODER, outcome.encoder, about, folder)
    yield f"{artefact.ENCODER}: {len(outcome.encoder):,} bytes, SHA-256 {digest}"
    report = json.dumps({**about, **outcome.report}, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    digest = artefact.write(artefact.REPORT, report.encode(), about, folder)
    yield f"{artefact.REPORT}: SHA-256 {digest}; `clinicards evaluate differential` shows it"


def _about(known: Mapping[str, Any], effort: Effort, seed: int) -> dict[str, Any]:
    return {
        "version": VERSION,
        "seed": seed,
        "effort": asdict(effort),
        "data": "patients simulated from the knowledge base of this project",
        **known,
    }


def digest_of(*parts: bytes) -> str:
    """Return the SHA-256 of what was learned from."""
    return hashlib.sha256(b"\0".join(parts)).hexdigest()
