"""`clinicards purge`: what is over its time goes."""

from collections.abc import Mapping
from typing import Annotated

import typer

from cds.cli.door import AsJson, actor, at_door, say
from cds.privacy import retention


def purge(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count, and delete nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Delete what is over the time that the configuration keeps it; the server does so every hour."""
    with at_door(context, as_json=as_json) as door:
        now, place = door.clock.now(), (door.store, door.tenant, door.days)
        if dry_run:
            counts = retention.due(*place, now=now)
        else:
            counts = retention.purge(*place, now=now, actor=actor(), record=door.record)
        said = _words(counts, "would go" if dry_run else "gone")
        say({"dry_run": dry_run, "counts": dict(counts)}, said, as_json=as_json)


def _words(counts: Mapping[str, int], verb: str) -> str:
    rows = [f"{count:>8}  {purpose}" for purpose, count in counts.items() if count]
    return "\n".join([*rows, f"{sum(counts.values())} rows {verb}"])
