"""Measure one hook through the whole path beside HealthChain and a bare Flask echo, in one run.

    python bench/hook.py [--seconds N] [--connections 1,8] [--healthchain DIR|off] [--json]

The contenders take turns in short slices, forwards and backwards, so that what else the machine does hits
all of them. Method and figures: docs/performance.md.
"""

import argparse
import json
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure one hook through the whole path.")
    parser.add_argument(
        "--seconds",
        type=float,
        default=10.0,
        help="measured seconds of each service at each number of connections",
    )
    parser.add_argument("--connections", default="1,8", help="numbers of keep-alive connections")
    parser.add_argument(
        "--healthchain",
        default=str(Path(tempfile.gettempdir()) / "clinicards-bench-healthchain"),
        help="folder of HealthChain's own environment, made where it is not there; off leaves it out",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> int:
    """Run the measurement; 1 where any answer was not what it should be."""
    # Loaded here: the load processes import this file anew, and have no use for what it measures.
    from measurement import run, show
    from rich.console import Console

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers are stopped then, too
    options = _options(arguments)
    found = run(
        [int(x) for x in options.connections.split(",")],
        seconds=options.seconds,
        cache=None if options.healthchain == "off" else Path(options.healthchain),
    )
    if options.json:
        sys.stdout.write(json.dumps(found, indent=1) + "\n")
    else:
        show(found, Console(width=None if sys.stdout.isatty() else 160))
    return 1 if any(row["bad"] for row in found["rows"]) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
