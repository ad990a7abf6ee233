"""Tokens for the admin API and for inference: `cca_<id>_<secret>`, of which only an argon2 hash is stored.

The secret is 256 random bits, so the hash need not slow guessing down; it is there so that a copy of the
store opens nothing. Its cost is the smallest that OWASP names (19 MiB, two rounds, one lane), and a proof is
remembered for a minute, so that it is not paid with every request. Expiry and revocation are read from the
store every time.
"""

import hashlib
import re
import secrets
import threading
from functools import cache
from typing import Literal, get_args

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from adapters.ports import NotStored, Store, StoreUnavailable, TokenRow
from cds.errors import BadRequest, Forbidden, Unauthorized, Unavailable

Role = Literal["viewer", "admin", "inference", "security"]
ROLES: tuple[str, ...] = get_args(Role)
REMEMBERED = 60.0
"""Seconds for which a proof is remembered."""
LONGEST_DAYS = 730

_MAY: dict[str, frozenset[str]] = {
    "viewer": frozenset({"viewer"}),
    "admin": frozenset({"viewer", "admin"}),
    "inference": frozenset({"inference"}),
    "security": frozenset({"security"}),
}
"""What a token of a role reaches. Nobody who administers may re-identify by that alone, nor the other way."""
_SHAPE = re.compile(r"cca_([0-9a-f]{12})_([0-9a-f]{64})")
_DAY = 86_400.0


class Proofs:
    """Remembers by digest which tokens were proved a moment ago; bounded, shared by threads."""

    def __init__(self, *, most: int = 1_000) -> None:
        self._most = most
        self._until: dict[bytes, float] = {}
        self._lock = threading.Lock()

    def holds(self, text: str, hashed: str, *, now: float) -> bool:
        """Tell whether this token was proved against this hash within the last minute."""
        until = self._until.get(_digest(text, hashed), now)
        return 0 < until - now <= REMEMBERED

    def keep(self, text: str, hashed: str, *, now: float) -> None:
        """Remember a proof."""
        with self._lock:
            if len(self._until) >= self._most:
                self._until = {mark: until for mark, until in self._until.items() if until > now}
            if len(self._until) >= self._most:
                self._until.clear()
            self._until[_digest(text, hashed)] = now + REMEMBERED


def new_token(name: str, role: str, *, days: int, now: float) -> tuple[str, TokenRow]:
    """Return a new token's text, to be shown once, and the row to store."""
    if not (0 < len(name) <= 60 and name.isprintable() and name.strip() == name):
        raise BadRequest("a token's name is 1 to 60 printable characters, without blanks at its ends")
    if role not in ROLES:
        raise BadRequest(f"a token's role is one of {', '.join(ROLES)}")
    if not 1 <= days <= LONGEST_DAYS:
        raise BadRequest(f"a token lives 1 to {LONGEST_DAYS} days")
    number, secret = secrets.token_hex(6), secrets.token_hex(32)
    row = TokenRow(
        id=number, name=name, role=role, hash=_hasher().hash(secret), created=now, expires=now + days * _DAY
    )
    return f"cca_{number}_{secret}", row


def check(text: str, store: Store, *, tenant: str, now: float, proofs: Proofs | None = None) -> TokenRow:
    """Return the row of a good token; raise `Unauthorized`, always the same to the caller."""
    shape = _SHAPE.fullmatch(text)
    if shape is None:
        raise Unauthorized("token is not of its form")
    row = _row(store, tenant, shape[1])
    if row is None:
        # An unknown id costs the same time as a wrong secret, so that ids cannot be found out.
        _prove(shape[2], _nobody())
        raise Unauthorized("token is not known")
    known = proofs or Proofs()
    if not known.holds(text, row.hash, now=now):
        _prove(shape[2], row.hash)
        known.keep(text, row.hash, now=now)
    if row.revoked is not None:
        raise Unauthorized(f"token {row.id} is revoked")
    if row.expires <= now:
        raise Unauthorized(f"token {row.id} has expired")
    return row


def is_remembered(text: str, store: Store, *, tenant: str, now: float, proofs: Proofs) -> bool:
    """Tell whether checking this token costs no hashing, so that it cannot be a guess."""
    shape = _SHAPE.fullmatch(text)
    row = _row(store, tenant, shape[1]) if shape else None
    return row is not None and proofs.holds(text, row.hash, now=now)


def require(row: TokenRow, role: Role) -> None:
    """Raise `Forbidden` where a token's role does not reach."""
    if role not in _MAY.get(row.role, frozenset()):
        raise Forbidden(f"this needs a token with the role {role}; this one's is {row.role}")


def _row(store: Store, tenant: str, id: str) -> TokenRow | None:
    try:
        return store.token(tenant, id)
    except NotStored:
        return None
    except StoreUnavailable:
        raise Unavailable("tokens cannot be checked: the store is away") from None


def _prove(secret: str, hashed: str) -> None:
    try:
        _hasher().verify(hashed, secret)
    except (VerificationError, InvalidHashError):
        raise Unauthorized("token's secret is wrong") from None


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


@cache
def _nobody() -> str:
    return _hasher().hash(secrets.token_hex(32))


def _digest(text: str, hashed: str) -> bytes:
    return hashlib.sha256(f"{text}\n{hashed}".encode()).digest()
