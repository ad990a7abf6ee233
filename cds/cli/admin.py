"""`clinicards admin token`: tokens for the admin API and for inference."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

import typer

from adapters.ports import NotStored, TokenRow
from cds.cli.door import AdminDoor, AsJson, actor, at_door, say
from cds.errors import NotFound
from cds.trust.admin_tokens import LONGEST_DAYS, new_token

app = typer.Typer(no_args_is_help=True, help="Administration.")
token = typer.Typer(no_args_is_help=True, help="Tokens for the admin API and for inference.")
app.add_typer(token, name="token")


class Role(StrEnum):
    """What a token may do."""

    viewer = "viewer"
    admin = "admin"
    inference = "inference"
    security = "security"


@token.command("new")
def new(
    context: typer.Context,
    role: Annotated[
        Role, typer.Option(help="viewer reads, admin writes, inference calls /v2, security re-identifies.")
    ],
    name: Annotated[str, typer.Option(help="Who or what will use it.")],
    days: Annotated[int, typer.Option(min=1, max=LONGEST_DAYS, help="How long it lives.")] = 90,
    as_json: AsJson = False,
) -> None:
    """Make a token and print it once; only its hash is stored."""
    with at_door(context, as_json=as_json) as door:
        text, row = new_token(name, role.value, days=days, now=door.clock.now())
        # Recorded first: an entry too many is harmless, a token nobody knows of is not.
        _record(door, "new", row)
        door.store.add_token(door.tenant, row)
        words = f"{text}\n\ntoken {row.id} ({row.role}), good until {_day(row.expires)}; it is shown only now"
        say({"token": text, **_shown(row, now=row.created)}, words, as_json=as_json)


@token.command("list")
def list_all(context: typer.Context, as_json: AsJson = False) -> None:
    """List tokens, never their secrets."""
    with at_door(context, as_json=as_json) as door:
        now = door.clock.now()
        rows = [_shown(row, now=now) for row in door.store.tokens(door.tenant)]
        lines = [
            f"{r['id']}  {r['role']:<9}  {r['state']:<7}  until {r['expires'][:10]}  {r['name']}"
            for r in rows
        ]
        say({"tokens": rows}, "\n".join(lines) or "there is no token", as_json=as_json)


@token.command("revoke")
def revoke(
    context: typer.Context,
    id: Annotated[str, typer.Argument(help="The token's id, as `list` shows it.")],
    as_json: AsJson = False,
) -> None:
    """Revoke a token; it is refused from its next use on."""
    with at_door(context, as_json=as_json) as door:
        try:
            # Revoked first: a token that must go is gone even where the audit is away.
            door.store.revoke_token(door.tenant, id, now=door.clock.now())
        except NotStored:
            raise NotFound(f"there is no token {id[:20]!r}; `admin token list` shows all") from None
        row = door.store.token(door.tenant, id)
        _record(door, "revoke", row)
        say(_shown(row, now=door.clock.now()), f"token {row.id} ({row.name}) is revoked", as_json=as_json)


def _record(door: AdminDoor, action: str, row: TokenRow) -> None:
    body = {"actor": actor(), "action": action, "token": row.id, "role": row.role, "expires": row.expires}
    door.record("token", body)


def _shown(row: TokenRow, *, now: float) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "role": row.role,
        "state": _state(row, now=now),
        "created": _day(row.created),
        "expires": _day(row.expires),
    }


def _state(row: TokenRow, *, now: float) -> str:
    if row.revoked is not None:
        return "revoked"
    return "good" if row.expires > now else "expired"


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, tz=UTC).isoformat(timespec="seconds")
