"""`clinicards client`: registered EHRs, each change a revision, and why a token would be refused."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from cds.cli.door import AdminDoor, AsJson, Message, at_door, say
from cds.cli.publishing import propose, publish
from cds.config import diff, revisions
from cds.config.compiled import Snapshot, snapshot
from cds.config.exchange import parse_json
from cds.errors import BadRequest, NotFound
from cds.hooks.profiles import profile as profile_of
from cds.trust.tokens import MAX_TOKEN, explain

app = typer.Typer(no_args_is_help=True, help="Register the EHRs that may call.")

Several = list[str] | None
Id = Annotated[str, typer.Option("--id", help="Our name of this client.")]


@app.command()
def add(
    context: typer.Context,
    id: Id,
    issuer: Annotated[str, typer.Option(help="The `iss` of its tokens, exactly.")],
    jwks: Annotated[Path | None, typer.Option(help="A file with its public keys.")] = None,
    jwks_url: Annotated[str, typer.Option(help="Where it publishes its keys (https).")] = "",
    fhir_origin: Annotated[Several, typer.Option(help="A FHIR base its data may be read from.")] = None,
    fhir_inside: Annotated[
        bool, typer.Option("--fhir-inside", help="Its FHIR servers stand in our own network.")
    ] = False,
    cors_origin: Annotated[Several, typer.Option(help="A browser origin it calls from.")] = None,
    profile: Annotated[str, typer.Option(help="Its EHR dialect.")] = "generic",
    tenant: Annotated[Several, typer.Option(help="A `tenant` claim it may use.")] = None,
    service: Annotated[Several, typer.Option(help="A service it may call; none: all.")] = None,
    algorithm: Annotated[Several, typer.Option(help="An algorithm it signs with.")] = None,
    cds_hooks: Annotated[str, typer.Option(help="Version of CDS Hooks it speaks: 2.0 or 3.0.")] = "2.0",
    audience: Annotated[
        Several, typer.Option(help="A further `aud` that is ours, as behind a proxy.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Put it in place of the one there is.")] = False,
    message: Message = "",
    as_json: AsJson = False,
) -> None:
    """Register an EHR and publish the configuration that knows it."""
    if (jwks is None) == (not jwks_url):
        raise typer.BadParameter("give either --jwks FILE or --jwks-url URL")
    with at_door(context, as_json=as_json) as door:
        row = {
            "id": id,
            "issuer": issuer,
            "jwks": _keys(jwks) if jwks else None,
            "jwks_url": jwks_url,
            "algorithms": algorithm or list(profile_of(profile).token.algorithms),
            "audiences": audience or [],
            "tenants": tenant or [],
            "services": service or [],
            "fhir_origins": fhir_origin or [],
            "fhir_inside": fhir_inside,
            "cors_origins": cors_origin or [],
            "profile": profile,
            "cds_hooks": cds_hooks,
        }
        data = _data(door)
        others = [client for client in data["clients"] if client["id"] != id]
        if len(others) < len(data["clients"]) and not replace:
            raise BadRequest(f"a client {id!r} is registered already; --replace puts this one in its place")
        data["clients"] = [*others, row]
        publish(door, propose(door, data), message=message or f"client add {id}", as_json=as_json)


@app.command("list")
def list_all(context: typer.Context, as_json: AsJson = False) -> None:
    """List the registered EHRs, their keys by thumbprint."""
    with at_door(context, as_json=as_json) as door:
        clients = diff.masked(_data(door)).get("clients", [])
        lines = [_line(client) for client in clients]
        say({"clients": list(clients)}, "\n".join(lines) or "no client is registered", as_json=as_json)


@app.command()
def remove(
    context: typer.Context,
    id: Annotated[str, typer.Argument(help="The client's id, as `list` shows it.")],
    message: Message = "",
    as_json: AsJson = False,
) -> None:
    """Take an EHR off the list and publish the configuration without it."""
    with at_door(context, as_json=as_json) as door:
        data = _data(door)
        others = [client for client in data["clients"] if client["id"] != id]
        if len(others) == len(data["clients"]):
            raise NotFound(f"there is no client {id[:64]!r}; `client list` shows all")
        proposal = propose(door, {**data, "clients": others})
        publish(door, proposal, message=message or f"client remove {id}", as_json=as_json)


@app.command("test-jwt")
def say_why(
    context: typer.Context,
    service: Annotated[str, typer.Option(help="The service it was sent to; none: any.")] = "",
    token_file: Annotated[str, typer.Option(help="File with the token; - reads standard input.")] = "-",  # noqa: S107 - a file's name
    as_json: AsJson = False,
) -> None:
    """Say whether a client's token would be accepted, and why not; it is neither shown nor used up."""
    with at_door(context, as_json=as_json) as door:
        token = _token(token_file)
        row = revisions.current(door.store, door.tenant)
        compiled = snapshot(revisions.document_of(row), revision=row.id)
        found = _explained(token, compiled, door, service)
    words = f"accepted: client {found['client']}" if found["accepted"] else f"refused: {found['reason']}"
    say(found, words, as_json=as_json)
    raise typer.Exit(0 if found["accepted"] else 1)


def _explained(token: str, compiled: Snapshot, door: AdminDoor, service: str) -> dict[str, Any]:
    """Return the first acceptance among our addresses, or the reason that tells most."""
    if service and service not in door.services:
        raise NotFound(f"there is no service {service[:64]!r}; known: {', '.join(sorted(door.services))}")
    found: dict[str, Any] = {}
    for audience in _audiences(door, service):
        one = dict(explain(token, audience=audience, registry=compiled.registry, gate=door.gate))
        if one["accepted"]:
            return {**one, "audience": audience}
        if not found or found["reason"].startswith("aud "):
            found = {**one, "audience": audience}
    if found["reason"].startswith("aud "):
        found["expected"] = _audiences(door, service)
    return found


def _audiences(door: AdminDoor, service: str) -> list[str]:
    discovery = f"{door.base_url.rstrip('/')}/cds-services"
    if service:
        return [f"{discovery}/{service}"]
    return [discovery, *(f"{discovery}/{name}" for name in sorted(door.services))]


def _data(door: AdminDoor) -> dict[str, Any]:
    return revisions.data_of(revisions.current(door.store, door.tenant))


def _keys(file: Path) -> Any:
    try:
        return parse_json(file.read_bytes(), place=str(file))
    except OSError as error:
        raise BadRequest(f"{file}: cannot be read ({error.strerror})") from None


def _token(place: str) -> str:
    """Return the token of a file or of standard input, which keeps it out of the shell's history."""
    try:
        if place == "-":
            text = sys.stdin.read(MAX_TOKEN * 2)
        else:
            with Path(place).open(encoding="utf-8") as stream:
                text = stream.read(MAX_TOKEN * 2)
    except (OSError, UnicodeDecodeError):
        raise BadRequest(f"the token cannot be read from {place}") from None
    token = text.strip().removeprefix("Bearer ").strip()
    if not token:
        raise BadRequest("there is no token: pipe it in, or name a file with --token-file")
    return token


def _line(client: dict[str, Any]) -> str:
    keys = (client.get("jwks") or {}).get("keys", [])
    source = client.get("jwks_url") or "; ".join(_key(key) for key in keys)
    state = "" if client.get("enabled", True) else "  (disabled)"
    services = ", ".join(client.get("services", [])) or "all services"
    return f"{client['id']}  {client['issuer']}  {client['profile']}  {services}  {source}{state}"


def _key(key: dict[str, Any]) -> str:
    return f"{key.get('kid', '-')} {key.get('kty')} {key['thumbprint']}"
