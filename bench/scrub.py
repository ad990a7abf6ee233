"""Measure how fast the free-text de-identifier is, in CPU time of one core.

    python bench/scrub.py [--texts 400] [--seed 7]

The texts are invented by `cds.privacy.trials`: clinicians' messages and difficult notes.
"""

import argparse
import statistics
import time
from collections.abc import Sequence

from cds.privacy import trials
from cds.privacy.scrub import scrub

QUERY = 150


def seconds(texts: Sequence[str]) -> list[float]:
    taken = []
    for text in texts:
        begin = time.process_time()
        scrub(text)
        taken.append(time.process_time() - begin)
    return taken


def report(name: str, texts: Sequence[str]) -> None:
    taken = seconds(texts)
    cuts = statistics.quantiles(taken, n=20)
    rate = sum(map(len, texts)) / sum(taken)
    print(f"{name}: {rate:,.0f} characters/s, p50 {cuts[9] * 1e3:.2f} ms, p95 {cuts[18] * 1e3:.2f} ms")


def of_length(texts: Sequence[str], size: int) -> list[str]:
    """Return texts of one size, made of messages one after the other."""
    whole = "  ".join(texts)
    return [whole[at : at + size] for at in range(0, len(whole) - size, size)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=400)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    begin = time.perf_counter()
    scrub("Pt John Smyth, DOB 3/4/61")
    print(f"first call, with what is loaded and compiled then: {(time.perf_counter() - begin) * 1e3:.0f} ms")
    queries = [t.text for t in trials.queries(given.seed, given.texts)]
    notes = [t.text for t in trials.notes(given.seed, given.texts)]
    seconds(notes)
    report(f"messages of {QUERY} characters", of_length(queries, QUERY))
    report("messages", queries)
    report("notes", notes)
    report("one text of all notes", ["\n\n".join(notes)] * 2)


if __name__ == "__main__":
    main()
