"""How fast a note is read: on one thread, with notes of about 450 words made of our own.

A cold start apart.
"""

import gc
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from typing import Any

from models.text import notes
from models.text.features import Reader

WORDS = 450
NOTES = 60
_COLD = """
import time
def held():
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024
began, before = time.monotonic(), held()
from models.text.features import understand
understand("Chest pain. PMH: hypertension on lisinopril 10 mg daily. BP 120/80.")
print(time.monotonic() - began, held() - before)
"""


def sample() -> list[str]:
    """Return notes of about 450 words, each of several short ones; none of those written to mislead.

    They name twice as much in as many words, and figures are to be compared with those of before.
    """
    made: list[str] = []
    texts = cycle(note.text for note in notes.load() if not note.misleading)
    while len(made) < NOTES:
        parts: list[str] = []
        while sum(len(part.split()) for part in parts) < WORDS:
            parts.append(next(texts))
        made.append("\n\n".join(parts))
    return made


def measured(known: Reader) -> dict[str, Any]:
    """Return notes a second, the slowest twentieth, and time and memory of a cold start."""
    texts = sample()
    known.warm()
    known.understand(texts[0])
    with _settled():
        times = sorted(_seconds(known, text) for text in texts)
    seconds, megabytes = cold()
    return {
        "notes": len(texts),
        "words": WORDS,
        "notes_per_second": round(len(times) / sum(times), 1),
        "p95_ms": round(1000 * times[int(0.95 * len(times))], 1),
        "cold_start_seconds": round(seconds, 2),
        "memory_megabytes": round(megabytes),
    }


def _seconds(known: Reader, text: str) -> float:
    began = time.perf_counter()
    known.understand(text)
    return time.perf_counter() - began


@contextmanager
def _settled() -> Iterator[None]:
    """Let the collector of rubbish leave alone what is loaded, and come as seldom, as a server does."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def cold() -> tuple[float, float]:
    """Return seconds until a first text is understood by a new process, and the memory that took."""
    found = subprocess.run([sys.executable, "-c", _COLD], capture_output=True, text=True, check=True)  # noqa: S603  # our own words to our own interpreter
    seconds, megabytes = map(float, found.stdout.split())
    return seconds, megabytes
