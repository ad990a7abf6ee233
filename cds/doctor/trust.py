"""Who may call: clients, their keys, where those are published, and our own keys at their FHIR servers."""

from collections.abc import Iterator

from adapters.ports import AddressRefused, Clock, KeySets, KeySetUnavailable
from cds.config.compiled import Snapshot
from cds.doctor.report import Check, fail, ok, warn
from cds.errors import SettingsError
from cds.settings import Settings
from cds.trust.callers import Client, parsed_keys
from cds.wiring.outside import outside, private_pem, secret

ADD = "`clinicards client add --id ID --issuer URL --jwks FILE`"


def clients(current: Snapshot, found: Settings, *, clock: Clock) -> Iterator[Check]:
    """Check that there are clients and that each could be recognised."""
    registered = current.registry.clients
    if not registered:
        if found.mode == "demo":
            yield ok("trust", "no client is registered; demo mode answers without a token")
        else:
            yield fail("trust", "no client is registered, so nobody can call", f"register the EHR: {ADD}")
        return
    yield ok("trust", f"registered: {', '.join(c.id for c in registered)}")
    try:
        sets = outside(current, clock=clock).key_sets
    except AddressRefused as error:
        yield fail("trust-addresses", str(error), "correct the client's fhir_origins or jwks_url")
        return
    for client in registered:
        yield _keys(client, current, sets)
        if client.backend is not None:
            yield _backend(client)


def _keys(client: Client, current: Snapshot, sets: KeySets) -> Check:
    name = f"trust-keys {client.id}"
    if client.jwks_url:
        return _published(name, client, sets)
    row = next(c for c in current.document.clients if c.id == client.id)
    given = len((row.jwks or {}).get("keys", ()))
    if not client.static_keys:
        return fail(
            name,
            f"none of its {given} keys can be used with {', '.join(client.algorithms)}",
            "register its EC P-384 or RSA public keys, or the algorithm it signs with",
        )
    if len(client.static_keys) < given:
        unused = given - len(client.static_keys)
        return warn(
            name,
            f"{unused} of {given} keys cannot be used",
            "take them out, or correct their kty, crv and alg",
        )
    return ok(name, f"{given} keys: {', '.join(client.static_keys)}")


def _published(name: str, client: Client, sets: KeySets) -> Check:
    try:
        keys = sets.keys(client.jwks_url, kid="")
    except (KeySetUnavailable, AddressRefused) as error:
        return fail(
            name, f"{client.jwks_url}: {error}", "open the way to it, or register its keys with --jwks FILE"
        )
    usable = parsed_keys({"keys": list(keys)}, client.algorithms)
    if not usable:
        return fail(
            name,
            f"{client.jwks_url} has no key for {', '.join(client.algorithms)}",
            "ask the vendor which algorithm it signs with, and register that",
        )
    return ok(name, f"{client.jwks_url}: {len(usable)} usable keys")


def _backend(client: Client) -> Check:
    name = f"trust-backend {client.id}"
    reference = client.backend.key_ref
    try:
        import orjson

        private_pem(orjson.loads(secret(reference)))
    except SettingsError as error:
        return fail(name, str(error), f"put the private JWK where {reference} says")
    except (ValueError, TypeError, AttributeError):
        return fail(name, f"{reference} holds no private JWK", "give a private EC P-384 or RSA key as JWK")
    return ok(name, f"the key of {client.backend.client_id} can be read")
