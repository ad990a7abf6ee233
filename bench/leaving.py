"""How many resources a second leave the process: `python bench/leaving.py`, over fixtures/fhir/patients.

Each patient's bundle is transformed by the library call, names collected and manifest made included; parsing
and writing JSON are not. CPU time of one core, the best of some rounds.
"""

import argparse
import gc
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import orjson

from cds.privacy.leaving import PROFILES, Policy, transform

FOLDER = Path(__file__).resolve().parent.parent / "fixtures" / "fhir" / "patients"
NOW = datetime(2026, 11, 1, 8, tzinfo=UTC)
KEY = b"bench" * 8


def bundles() -> list[dict]:
    return [orjson.loads(p.read_bytes()) for p in sorted(FOLDER.glob("*.json")) if p.name != "index.json"]


def best(work: Callable[[], None], *, rounds: int) -> float:
    spent = []
    for _ in range(rounds):
        gc.collect()
        started = time.process_time()
        work()
        spent.append(time.process_time() - started)
    return min(spent)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    found = bundles()
    count = sum(len(bundle["entry"]) for bundle in found)
    print(f"{count} resources in {len(found)} bundles, CPU time of one core, best of {rounds}")
    for profile in PROFILES:
        for texts in ("drop", "scrub"):
            policy = Policy(profile, NOW, key=KEY, texts=texts)

            def work(policy: Policy = policy) -> None:
                for bundle in found:
                    transform(bundle, policy)

            seconds = best(work, rounds=rounds)
            each = seconds / count * 1e6
            print(f"{profile:12} texts={texts:6} {count / seconds:10,.0f} resources/s {each:7.1f} us")


if __name__ == "__main__":
    main()
