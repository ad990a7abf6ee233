"""`clinicards keys`: the key ring that seals what is kept."""

from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from adapters.ports import KeyFailure
from cds.cli.door import REFUSED, AdminDoor, AsJson, actor, at_door, refusals, say
from cds.cli.settings import settings_of
from cds.errors import BadRequest, Conflict
from cds.privacy.rewrapping import Rewrapped, rewrap_all, under_other_keys
from cds.privacy.spool_keys import waiting

SETTLE_SECONDS = 300.0
"""How long a key must be retired before it may be destroyed: calls under way may still seal with it."""

app = typer.Typer(no_args_is_help=True, help="Keys that seal what is kept.")


@app.command("new")
def new(
    context: typer.Context,
    path: Annotated[Path | None, typer.Option(help="Where; the settings' `keys` where not given.")] = None,
    like: Annotated[
        Path | None, typer.Option("--from", help="A ring's file to take over, for a key service to open.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a key ring; one that is there is never overwritten."""
    from cds.wiring import make_keys, new_keys

    with refusals(as_json=as_json):
        if path is not None and like is not None:
            raise BadRequest("--from takes a ring over into what the settings name: leave --path out")
        try:
            if path is not None:
                where, active = path, make_keys(path).active()
            else:
                settings = settings_of(context)
                where, active = settings.keys_path, new_keys(settings, like=like).active()
        except KeyFailure as error:
            raise Conflict(str(error)) from None
        say(
            {"path": str(where), "active": active},
            f"made {where}; active key {active}. Back it up.",
            as_json=as_json,
        )


@app.command("list")
def list_all(context: typer.Context, as_json: AsJson = False) -> None:
    """List keys by id and state, with how many records are under each; no secret is shown."""
    with at_door(context, as_json=as_json) as door:
        stored, spooled = door.store.sealed_under(), waiting(door.settings.spool_path)
        known = {row["kid"]: row for row in door.keys.describe()}
        lost = {kid: {"kid": kid, "state": "unknown"} for kid in sorted(stored.keys() | spooled.keys())}
        rows = [
            {**row, "records": stored.get(kid, 0), "spooled": spooled[kid]}
            for kid, row in {**known, **{kid: row for kid, row in lost.items() if kid not in known}}.items()
        ]
        say({"keys": rows}, "\n".join(map(_line, rows)), as_json=as_json)


def _line(row: dict[str, Any]) -> str:
    spooled = f", {row['spooled']} in the spool" if row["spooled"] else ""
    return f"{row['kid'] or '(none)'}  {row['state']:<12}  {row['records']} records{spooled}"


@app.command("rotate")
def rotate(
    context: typer.Context,
    no_rewrap: Annotated[
        bool, typer.Option("--no-rewrap", help="Leave what is there; `keys rewrap` does it later.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make a new active key and put everything that is sealed under it; run `rewrap` where interrupted."""
    with at_door(context, as_json=as_json) as door:
        kid = door.keys.rotate()
        door.record("keys", {"actor": actor(), "action": "rotate", "kid": kid})
        if no_rewrap:
            left = under_other_keys(door.keys, door.store, door.tenant)
            words = f"active key is {kid}; {left} records are under older keys"
            say({"active": kid, "rewrapped": 0, "remaining": left}, words, as_json=as_json)
        else:
            _rewrap(door, as_json=as_json)


@app.command("rewrap")
def rewrap(context: typer.Context, as_json: AsJson = False) -> None:
    """Put everything that is sealed under the active key; may be interrupted and run again."""
    with at_door(context, as_json=as_json) as door:
        _rewrap(door, as_json=as_json)


def _rewrap(door: AdminDoor, *, as_json: bool) -> None:
    # What waits in the spool is sealed too: delivered, it is a record like any other.
    door.recover()
    there = under_other_keys(door.keys, door.store, door.tenant)
    entry = {"actor": actor(), "kid": door.keys.active()}
    door.record("keys", {**entry, "action": "rewrap-start", "remaining": there})

    def progress(done: int, total: int) -> None:
        if not as_json:
            typer.echo(f"re-wrapped {done} of {total}", err=True)

    found = rewrap_all(door.keys, door.store, door.tenant, progress=progress)
    counts = {"rewrapped": found.done, "remaining": found.remaining, "unreadable": found.unreadable}
    door.record("keys", {**entry, "action": "rewrap", "kid": found.kid, **counts})
    spooled = waiting(door.settings.spool_path)
    elsewhere = spooled.total() - spooled[found.kid]
    say({"active": found.kid, **counts, "spooled": elsewhere}, _told(found, elsewhere), as_json=as_json)
    if found.unreadable:
        raise typer.Exit(REFUSED)


def _told(found: Rewrapped, spooled: int) -> str:
    lines = [
        f"active key is {found.kid}; re-wrapped {found.done} records, {found.remaining} under other keys"
    ]
    if found.unreadable:
        lines.append(f"{found.unreadable} records cannot be opened: changed, or their key is destroyed")
    if spooled:
        lines.append(f"{spooled} records wait in the spool: run `keys rewrap` again once it is delivered")
    return "\n".join(lines)


@app.command("destroy")
def destroy(
    context: typer.Context,
    kid: Annotated[str, typer.Argument(help="The key's id, as `list` shows it.")],
    as_json: AsJson = False,
) -> None:
    """Erase a key for good; refused while anything is under it."""
    with at_door(context, as_json=as_json) as door:
        _check_unused(door, kid)
        # Entered first: an entry too many is harmless, a key that went unseen is not.
        door.record("keys", {"actor": actor(), "action": "destroy", "kid": kid})
        try:
            door.keys.destroy(kid)
        except KeyFailure as error:
            raise Conflict(str(error)) from None
        say({"destroyed": kid}, f"{kid} is destroyed", as_json=as_json)


def _check_unused(door: AdminDoor, kid: str) -> None:
    """Raise where something is under a key, or may come to be."""
    made = {row["kid"]: float(row["created"]) for row in door.keys.describe()}
    if kid not in made:
        raise Conflict("there is no key of this id: see `keys list`")
    stored = door.store.sealed_under().get(kid, 0)
    if stored:
        raise Conflict(
            f"{stored} records are under this key: run `keys rewrap`, for each tenant of the store"
        )
    spooled: Counter[str] = waiting(door.settings.spool_path)
    if spooled.total():
        # Inside of what waits there may be records that were sealed before the rotation.
        raise Conflict(f"{spooled.total()} records wait in the spool: `keys rewrap` once it is delivered")
    later = [created for other, created in made.items() if created >= made[kid] and other != kid]
    if later and door.clock.now() - min(later) < SETTLE_SECONDS:
        raise Conflict(f"this key was active within {SETTLE_SECONDS:.0f} s: calls may still use it, wait")
