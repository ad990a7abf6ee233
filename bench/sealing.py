"""What sealing costs a call: seal, open and re-wrap by size, under each kind of key ring; budget 50 us.

    python bench/sealing.py [--repeat N] [--json]

A key service is asked once an hour and not by a call, so a stand-in for it shows what calls pay.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from adapters.keys_env import EnvKeys
from adapters.keys_file import FileKeys
from adapters.keys_service import ServiceKeys
from adapters.ports import Keys
from cds.privacy.seal import open_sealed, rewrap, seal

SIZES = (200, 2_000, 20_000, 200_000)
BUDGET_US = 50.0
BUDGET_BYTES = 20_000
"""An answer that is sealed is of this size at most: three cards with their findings take 2 to 8 KB."""
PLACE = {"tenant": "t", "record": "r", "field": "answer", "purpose": "answer"}


class Nowhere:
    """A key service that keeps the key in its answer."""

    name = "bench:key"

    def wrap(self, key: bytes, context: Mapping[str, str]) -> str:  # noqa: ARG002
        """Return the key as text."""
        return key.hex()

    def unwrap(self, wrapped: str, context: Mapping[str, str]) -> bytes:  # noqa: ARG002
        """Return the key."""
        return bytes.fromhex(wrapped)


def microseconds(act: Callable[[], object], *, calls: int, repeat: int) -> float:
    """Return the processor time of one call, the median of several rounds."""
    rounds = []
    for _ in range(repeat):
        before = time.process_time()
        for _ in range(calls):
            act()
        rounds.append((time.process_time() - before) / calls * 1e6)
    return statistics.median(rounds)


Old = Mapping[int, bytes]
"""What was sealed before the rotation, by size: there is something to re-wrap."""


def rings(folder: Path) -> Mapping[str, tuple[Keys, Old]]:
    """Return a ring of each kind, rotated once, with what was sealed before."""
    file = FileKeys.create(folder / "keys.json")
    service = ServiceKeys.create(Nowhere(), folder / "service.json")
    old = [{size: seal(keys, b"x" * size, **PLACE) for size in SIZES} for keys in (file, service)]
    file.rotate()
    service.rotate()
    env = EnvKeys("RING", environ={"RING": (folder / "keys.json").read_text()})
    return {"file": (file, old[0]), "env": (env, old[0]), "service": (service, old[1])}


def measure(*, repeat: int) -> list[dict[str, object]]:
    """Return a row for each ring and size."""
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder:
        for name, (keys, old) in rings(Path(folder)).items():
            for size in SIZES:
                cost = partial(microseconds, calls=2_000 if size < 50_000 else 300, repeat=repeat)
                text, sealed = b"x" * size, seal(keys, b"x" * size, **PLACE)
                rows.append({
                    "ring": name,
                    "bytes": size,
                    "seal_us": round(cost(partial(seal, keys, text, **PLACE)), 1),
                    "open_us": round(cost(partial(open_sealed, keys, sealed, **PLACE)), 1),
                    "rewrap_us": round(cost(partial(rewrap, keys, old[size], **PLACE)), 1),
                })  # fmt: skip
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(description="What sealing costs a call.")
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = measure(repeat=options.repeat)
    met = all(row["seal_us"] <= BUDGET_US for row in rows if row["bytes"] <= BUDGET_BYTES)  # type: ignore[operator]
    if options.json:
        print(json.dumps({"rows": rows, "budget_us": BUDGET_US, "met": met}))
        return 0
    print(f"{'ring':<8} {'bytes':>8} {'seal us':>9} {'open us':>9} {'re-wrap us':>11}")
    for row in rows:
        print("{ring:<8} {bytes:>8} {seal_us:>9} {open_us:>9} {rewrap_us:>11}".format(**row))
    print(f"{BUDGET_US:.0f} us for sealing up to {BUDGET_BYTES} bytes: {'met' if met else 'NOT met'}")
    return 0 if met else 1


if __name__ == "__main__":
    raise SystemExit(main())
