"""`clinicards re-identify`: whom a kept pseudonym stands for, on purpose and on record."""

import os
from datetime import UTC, datetime
from typing import Annotated

import typer

from adapters.ports import TokenRow
from cds.cli.door import AdminDoor, AsJson, at_door, say
from cds.errors import Forbidden
from cds.privacy import vault
from cds.trust.admin_tokens import check, require

VARIABLE = "CLINICARDS_TOKEN"


def re_identify(
    context: typer.Context,
    token: Annotated[str, typer.Argument(help="The pseudonym.")],
    reason: Annotated[str, typer.Option(help="Why, in 10 characters or more; kept sealed.")],
    as_json: AsJson = False,
) -> None:
    """Tell what a pseudonym stands for; a token of the role security is asked, or in CLINICARDS_TOKEN."""
    with at_door(context, as_json=as_json) as door:
        asked = vault.Asked(token, reason, _allowed(door))
        reference = vault.reidentify(
            asked,
            *(door.store, door.keys, door.tenant),
            now=door.clock.now(),
            days=door.days[vault.LOG],
            record=door.record,
        )
        say({"token": token, "reference": reference}, reference, as_json=as_json)


def re_identifications(context: typer.Context, as_json: AsJson = False) -> None:
    """List who asked whom a pseudonym stands for and why; needs a token of the role security, too."""
    with at_door(context, as_json=as_json) as door:
        _allowed(door)
        rows = list(vault.asked_before(door.store, door.keys, door.tenant))
        lines = [f"{_day(row['time'])}  {row['actor']}  {row['token']}  {row['reason']}" for row in rows]
        say({"asked": rows}, "\n".join(lines) or "nobody asked", as_json=as_json)


def _allowed(door: AdminDoor) -> str:
    """Return who asks; raise where it is off here, or the token's role does not reach."""
    if not door.settings.re_identify:
        raise Forbidden("re-identification is off here; `re_identify = true` in the settings opens it")
    text = os.environ.get(VARIABLE) or typer.prompt("token of the role security", hide_input=True, err=True)
    row: TokenRow = check(text, door.store, tenant=door.tenant, now=door.clock.now())
    require(row, "security")
    return f"{row.name} (token {row.id})"


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, tz=UTC).isoformat(timespec="seconds")
