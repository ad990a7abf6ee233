"""The vault: which person or thing a pseudonym that left the house stands for, where a site keeps that.

Each pair is a sealed record of its own. Its id is a keyed hash of the pseudonym, so that the store alone does
not tell which pseudonyms it could resolve. Off unless the configuration says `privacy.keep_pseudonyms`.
"""

import hashlib
import hmac
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol
from uuid import uuid4

import orjson

from adapters.ports import Keys, NotStored, SealedRow, Store
from cds.errors import BadRequest, NotFound
from cds.privacy.sealed_records import open_row, sealed_row

PURPOSE = "pseudonyms"
LOG = "re-identification"
LEAST_REASON, MOST_REASON = 10, 1_000
MOST_TOKEN = 200
BATCH = 500
"""How many pairs one transaction keeps, so that answers do not wait long for it."""


class Record(Protocol):
    """What enters an audit entry with the sealed records that belong to it."""

    def __call__(self, kind: str, body: Mapping[str, Any], *, sealed: Sequence[SealedRow]) -> object:
        """Enter it, or raise."""
        ...


def keep(
    store: Store,
    keys: Keys,
    tenant: str,
    pairs: Iterable[tuple[str, str]],
    *,
    expires: float,
    now: float | None = None,
) -> int:
    """Keep what pseudonyms stand for, (pseudonym, real), until they expire; return how many there were.

    A pair that is kept already stays, until the later of both times.
    """
    created, key, count = time.time() if now is None else now, _key(keys, tenant), 0
    rows = (
        sealed_row(
            keys,
            real.encode(),
            tenant=tenant,
            id=_id(key, token),
            purpose=PURPOSE,
            created=created,
            expires=expires,
        )
        for token, real in pairs
    )
    while batch := list(islice(rows, BATCH)):
        store.record(tenant, sealed=batch)
        count += len(batch)
    return count


def reveal(store: Store, keys: Keys, tenant: str, token: str, *, now: float | None = None) -> str:
    """Return what a pseudonym stands for; `NotFound` where it is not kept here, or not any more."""
    moment = time.time() if now is None else now
    try:
        row = store.sealed(tenant, _id(_key(keys, tenant), token))
    except NotStored:
        row = None
    if row is None or row.expires <= moment or row.purpose != PURPOSE:
        raise NotFound("this pseudonym is not kept here: it never was, or its time is over")
    return open_row(keys, row, tenant=tenant).decode()


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody with the right to wants to know whom a pseudonym stands for."""

    token: str
    reason: str
    actor: str

    def __post_init__(self) -> None:
        if not (0 < len(self.token) <= MOST_TOKEN and self.token.isprintable()):
            raise BadRequest(f"the pseudonym is 1 to {MOST_TOKEN} printable characters", pointer="/token")
        if not LEAST_REASON <= len(self.reason.strip()) <= MOST_REASON:
            raise BadRequest(
                f"say why, in {LEAST_REASON} to {MOST_REASON} characters: it is kept", pointer="/reason"
            )


def reidentify(
    asked: Asked, store: Store, keys: Keys, tenant: str, *, now: float, days: float, record: Record
) -> str:
    """Return what a pseudonym stands for, once it is entered who asked and why.

    The audit holds no words of people: pseudonym and reason go into a sealed record that the entry names.
    """
    found: str | NotFound
    try:
        found = reveal(store, keys, tenant, asked.token, now=now)
    except NotFound as error:
        found = error
    record_id, known = str(uuid4()), isinstance(found, str)
    said = {"token": asked.token, "reason": asked.reason.strip(), "actor": asked.actor, "found": known}
    row = sealed_row(
        keys,
        orjson.dumps(said),
        tenant=tenant,
        id=record_id,
        purpose=LOG,
        created=now,
        expires=now + days * 86_400,
    )
    record("re-identify", {"actor": asked.actor, "found": known, "sealed": record_id}, sealed=(row,))
    if isinstance(found, NotFound):
        raise found
    return found


def asked_before(store: Store, keys: Keys, tenant: str) -> Iterable[Mapping[str, Any]]:
    """Yield who asked for whom and why, oldest first."""
    for row in store.sealed_rows(tenant, purpose=LOG):
        yield {"time": row.created, **orjson.loads(open_row(keys, row, tenant=tenant))}


def _key(keys: Keys, tenant: str) -> bytes:
    return keys.derive("pseudonym-vault", tenant)


def _id(key: bytes, token: str) -> str:
    return f"pseudonym-{hmac.digest(key, token.encode(), hashlib.sha256).hex()}"
