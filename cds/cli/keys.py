"""`clinicards keys`: the key ring that seals what is kept."""

from pathlib import Path
from typing import Annotated, Any

import typer

from adapters.ports import KeyFailure
from cds.cli.door import AsJson, actor, at_door, refusals, say
from cds.cli.settings import settings_of
from cds.errors import Conflict
from cds.privacy.seal import key_id

app = typer.Typer(no_args_is_help=True, help="Keys that seal what is kept.")


@app.command("new")
def new(
    context: typer.Context,
    path: Annotated[Path | None, typer.Option(help="Where; the settings' `keys` where not given.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a key ring; one that is there is never overwritten."""
    from cds.wiring import make_keys

    with refusals(as_json=as_json):
        where = path or settings_of(context).keys_path
        try:
            active = make_keys(where).active()
        except KeyFailure as error:
            raise Conflict(str(error)) from None
        say(
            {"path": str(where), "active": active},
            f"made {where}; active key {active}. Back it up.",
            as_json=as_json,
        )


@app.command("list")
def list_all(context: typer.Context, as_json: AsJson = False) -> None:
    """List keys by id and state; no secret is shown."""
    with at_door(context, as_json=as_json) as door:
        rows = [dict(row) for row in door.keys.describe()]
        lines = [f"{row['id']}  {row['state']}" for row in rows]
        say({"keys": rows}, "\n".join(lines), as_json=as_json)


@app.command("rotate")
def rotate(context: typer.Context, as_json: AsJson = False) -> None:
    """Make a new active key; old records stay readable and can be re-wrapped at leisure."""
    with at_door(context, as_json=as_json) as door:
        kid = door.keys.rotate()
        door.record("keys", {"actor": actor(), "action": "rotate", "kid": kid})
        left = sum(key_id(row.sealed) != kid for row in door.store.sealed_rows(door.tenant))
        answer: dict[str, Any] = {"active": kid, "under_older_keys": left}
        say(answer, f"active key is {kid}; {left} records are under older keys", as_json=as_json)
