"""All that an installation lets out, by the place where somebody could read it."""

import io
import logging
import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import orjson
import pytest
import structlog

from adapters.ports import AuditRow
from cds.cli.logging import configure
from cds.privacy.audit_export import fhir_ndjson, ndjson

Outputs = defaultdict[str, list[str]]

ECHOED = ("resource", "resourceId")
"""Members of a suggestion's action that bring the EHR's own resource back to it, and nobody else's."""


class _Whole(logging.Handler):
    """Keeps each record of each logger with its arguments, its exception and that one's trace."""

    def __init__(self, kept: list[str]) -> None:
        super().__init__(logging.DEBUG)
        self._kept = kept

    def emit(self, record: logging.LogRecord) -> None:
        told = "".join(traceback.format_exception(*record.exc_info)) if record.exc_info else ""
        self._kept.append(f"{record.name} {record.getMessage()} {record.args!r} {told}")


def _configured() -> None:
    """Set logs up as `serve` does, without the loggers' memory of a stream that will be gone."""
    whole = structlog.configure
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            structlog, "configure", lambda **given: whole(**{**given, "cache_logger_on_first_use": False})
        )
        configure("debug")


@contextmanager
def listening(kept: Outputs) -> Iterator[Callable[[], Mapping[str, str]]]:
    """Keep what anybody logs at any level, and lend what returns all that was printed so far.

    Our own events are written as `serve` writes them.
    """
    before, root, level = structlog.get_config(), logging.getLogger(), logging.getLogger().level
    standing, handler = root.handlers[:], _Whole(kept["logs of libraries"])
    out, err = (io.TextIOWrapper(io.BytesIO(), write_through=True) for _ in range(2))
    try:
        with redirect_stdout(out), redirect_stderr(err):
            root.handlers[:] = []
            _configured()
            served = root.handlers[:]
            root.handlers[:] = [*served, handler]
            root.setLevel(logging.DEBUG)
            yield lambda: {
                name: stream.buffer.getvalue().decode("utf-8", "replace")
                for name, stream in (("standard output", out), ("standard error", err))
            }
    finally:
        root.handlers[:] = standing
        root.setLevel(level)
        structlog.configure(**before)


def answered(response: Any, kept: Outputs) -> None:
    """Keep a response, without those members of suggestions by which the EHR gets its own resource back."""
    kept["headers of answers"].append(repr(list(response.headers)))
    if response.status_code != 200:
        kept["bodies of errors"].append(response.get_data(as_text=True))
        return
    body = response.get_json(silent=True)
    if not isinstance(body, dict) or "cards" not in body:
        kept["other answers"].append(response.get_data(as_text=True))
        return
    kept["cards"].append(orjson.dumps(_without_echo(body)).decode())


def _without_echo(body: Mapping[str, Any]) -> Mapping[str, Any]:
    for card in body["cards"]:
        for suggestion in card.get("suggestions", ()):
            suggestion["actions"] = [
                {name: value for name, value in action.items() if name not in ECHOED}
                for action in suggestion.get("actions", ())
            ]
    return body


def files(folder: Path, kept: Outputs) -> None:
    """Keep the bytes of every file of an installation: database, its log of writes, spool."""
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        name = "spool" if path.parent.name == "spool" else path.name
        kept[f"file {name}"].append(path.read_bytes().decode("utf-8", "surrogateescape"))


def exported(rows: Callable[[], Iterable[AuditRow]], kept: Outputs) -> None:
    """Keep the audit in each form in which it can be taken out."""
    kept["audit as NDJSON"].append(b"".join(ndjson(rows())).decode())
    kept["audit as FHIR"].append(b"".join(fhir_ndjson(rows(), made=time.time())).decode())
