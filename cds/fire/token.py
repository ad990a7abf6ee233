"""Minting the JWT that an EHR sends with every request.

Spec: https://cds-hooks.hl7.org/2.0/#trusting-cds-clients. One token for each request: `aud` is the URL called
and `jti` is new each time.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

import jwt

from cds.fire.errors import CannotFire

Algorithm = Literal["ES384", "RS384"]

LIFE_SECONDS = 300
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth"})


@dataclass(frozen=True)
class Signer:
    """Who the EHR is: its issuer and its private JWK, made ready to sign."""

    issuer: str
    key: Mapping[str, Any] = field(repr=False)
    jku: str = ""
    tenant: str = ""

    @property
    def algorithm(self) -> Algorithm:
        """ES384 for an elliptic curve, RS384 for RSA: what every service must take."""
        return "ES384" if self.key.get("kty") == "EC" else "RS384"

    @property
    def public(self) -> dict[str, Any]:
        """The key set to register with the service: this key without its private members."""
        return {"keys": [{k: v for k, v in self.key.items() if k not in _PRIVATE}]}


def load_signer(path: Path, issuer: str, *, jku: str = "", tenant: str = "") -> Signer:
    """Return a signer from a file with a private JWK or a key set; raise `CannotFire` saying the fix."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CannotFire(f"{path}: cannot be read ({error.strerror})") from None
    except ValueError:
        raise CannotFire(f"{path}: is not JSON; give a private key as JWK") from None
    signer = Signer(issuer, _private(document, path), jku=jku, tenant=tenant)
    try:
        mint(signer, "https://example.org")
    except (jwt.PyJWTError, ValueError, TypeError):
        pass
    else:
        return signer
    # Outside of the handler, so that no library's words about the key hang on this error.
    raise CannotFire(f"{path}: this key cannot sign; make an EC P-384 or RSA key of 2048 bits or more as JWK")


def _private(document: Any, path: Path) -> dict[str, Any]:
    keys = document.get("keys", [document]) if isinstance(document, dict) else []
    found = [key for key in keys if isinstance(key, dict) and "d" in key]
    if not found:
        raise CannotFire(f"{path}: holds no private key (member d); give the private JWK, not the public one")
    if not found[0].get("kid"):
        raise CannotFire(f"{path}: the key has no kid; add the one the service knows it by")
    if (found[0].get("kty"), found[0].get("crv", "P-384")) not in {("EC", "P-384"), ("RSA", "P-384")}:
        raise CannotFire(f"{path}: CDS Hooks is signed with ES384 or RS384: give an EC P-384 or RSA key")
    return found[0]


def mint(
    signer: Signer,
    audience: str,
    *,
    now: Callable[[], float] = time.time,
    new_id: Callable[[], str] = lambda: str(uuid4()),
) -> str:
    """Return a signed token for one request to `audience`."""
    issued = int(now())
    claims = {
        "iss": signer.issuer,
        "aud": audience,
        "iat": issued,
        "exp": issued + LIFE_SECONDS,
        "jti": new_id(),
        "tenant": signer.tenant,
    }
    headers = {"kid": signer.key.get("kid"), "typ": "JWT", "jku": signer.jku}
    key = jwt.PyJWK(dict(signer.key), algorithm=signer.algorithm).key
    return jwt.encode(_present(claims), key, algorithm=signer.algorithm, headers=_present(headers))


def _present(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value not in {None, ""}}
