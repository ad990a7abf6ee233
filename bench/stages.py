"""Where the processor time of one hook goes: each stage's own time, in this process, median of many requests.

    python bench/stages.py [--requests N] [--validation used|off|all] [--json]

Times are of the thread that answers, a stage's without those inside it, over requests that are all different.
gunicorn and sockets are not in it; what they cost is the Flask echo of bench/hook.py.
"""

import argparse
import functools
import gc
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
from bodies import bodies
from contenders import Site, site
from rich.console import Console
from rich.table import Table
from stamp import stamped
from wsgi import environ

import cds.account
import cds.intake
import cds.pipeline
import cds.web.hooks
from cds.cli.logging import configure
from cds.privacy.recorder import Recorder
from cds.settings import load
from cds.web import create_app
from cds.wiring import build, warm
from models.registry import Registry

_WARM = 30
PATH = "/cds-services/clinical-scores"
_OUTER = "Flask and routing"
_Place = tuple[Any, str, str]


def places(service: Any) -> list[_Place]:
    """Return the functions that begin a stage: where they are looked up, their name, the stage's."""
    return [
        (cds.web.hooks, "answer", "pipeline, what is left"),
        (cds.pipeline, "_json", "JSON of the answer"),
        (cds.pipeline, "identify", "JWT and replay guard"),
        (cds.pipeline, "parse", "parse the call"),
        (cds.pipeline, "fetch", "prefetch, whose data it is"),
        (cds.pipeline, "take_in", "intake, what is left"),
        (cds.intake, "deidentify", "de-identify"),
        (cds.intake, "record", "read into the record"),
        (Registry, "find", "scores"),
        (type(service), "answer", "cards"),
        (cds.pipeline, "used_and_invalid", "validate what was used"),
        (cds.pipeline, "_finished", "restore and rank"),
        (cds.pipeline, "_deliver", "fit to the client"),
        (cds.account, "_sealed", "seal"),
        (Recorder, "record", "audit and store"),
    ]


class Clock:
    """Adds up each stage's own time; a stage inside another is taken off the outer one."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = defaultdict(float)
        self._open: list[tuple[str, float]] = []
        self._since = 0.0

    def enter(self, stage: str) -> None:
        """Begin a stage."""
        now = time.thread_time()
        if self._open:
            self.spent[self._open[-1][0]] += now - self._since
        self._open.append((stage, now))
        self._since = now

    def leave(self) -> None:
        """End the innermost stage."""
        now = time.thread_time()
        stage, _ = self._open.pop()
        self.spent[stage] += now - self._since
        self._since = now

    def take(self) -> dict[str, float]:
        """Return what was added up since the last time."""
        taken, self.spent = dict(self.spent), defaultdict(float)
        return taken


@contextmanager
def timed(clock: Clock, marks: Sequence[_Place]) -> Iterator[None]:
    """Let these functions tell the clock when they begin and end."""
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in marks]
    for owner, name, stage in marks:
        setattr(owner, name, _telling(clock, getattr(owner, name), stage))
    try:
        yield
    finally:
        for owner, name, function in before:
            setattr(owner, name, function)


def _telling(clock: Clock, function: Callable[..., Any], stage: str) -> Callable[..., Any]:
    @functools.wraps(function)
    def inner(*args: Any, **kwargs: Any) -> Any:
        clock.enter(stage)
        try:
            return function(*args, **kwargs)
        finally:
            clock.leave()

    return inner


def measured(place: Site, *, requests: int) -> list[dict[str, float]]:
    """Return the stages' seconds of each request."""
    settings = load(place.config)
    configure(settings.log_level)
    live = build(settings).start()
    try:
        warm(live.parts)
        app = create_app(live)
        gc.collect()
        gc.freeze()  # as the server does, and as seldom
        gc.set_threshold(50_000, 20, 50)
        clock = Clock()
        marks = places(live.parts.services["clinical-scores"])
        calls = bodies(min(requests, 240))
        tokens = place.signer.tokens(requests + _WARM)
        found = []
        with timed(clock, marks):
            for number, token in enumerate(tokens):
                sent = environ(PATH, stamped(calls[number % len(calls)], number), token, place.port)
                clock.enter(_OUTER)
                status = _called(app, sent)
                clock.leave()
                if status != "200 OK":
                    raise SystemExit(f"a request was answered {status}; run bench/hook.py to see more")
                found.append(clock.take())
        return found[_WARM:]
    finally:
        live.close()


def _called(app: Callable[..., Any], sent: dict[str, Any]) -> str:
    heard: list[str] = []
    answer = app(sent, lambda status, *_: heard.append(status))
    b"".join(answer)
    answer.close()
    return heard[0]


def report(found: Sequence[dict[str, float]]) -> list[dict[str, Any]]:
    """Return each stage's median in milliseconds and its share of the whole, then the whole."""
    whole = statistics.median(sum(one.values()) for one in found)
    names = sorted({name for one in found for name in one})
    rows = [(statistics.median(one.get(name, 0.0) for one in found), name) for name in names]
    table = [
        {"stage": name, "ms": round(1000 * value, 3), "share": round(value / whole, 3)}
        for value, name in sorted(rows, reverse=True)
    ]
    return [*table, {"stage": "whole request", "ms": round(1000 * whole, 3), "share": 1.0}]


def main(arguments: Sequence[str]) -> int:
    """Print the table of stages."""
    parser = argparse.ArgumentParser(description="Where the processor time of one hook goes.")
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--validation", choices=("used", "off", "all"), default="used")
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="clinicards-bench-") as name:
        place = site(Path(name) / "site", validation=options.validation)
        rows = report(measured(place, requests=options.requests))
    if options.json:
        sys.stdout.write(orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode() + "\n")
        return 0
    table = Table(title=f"own processor time of a stage, median of {options.requests} different requests")
    table.add_column("stage")
    for head in ("ms", "share"):
        table.add_column(head, justify="right")
    for row in rows:
        table.add_row(row["stage"], f"{row['ms']:.3f}", f"{row['share']:.0%}")
    Console().print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
