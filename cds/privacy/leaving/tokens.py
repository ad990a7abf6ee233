"""Tokens for ids and for references of every form: consistent within a key, and never the original.

A form stays a form, so that references resolve in what leaves as they did before: `Type/id` to `Type/token`,
`urn:uuid:` to another `urn:uuid:`, `urn:oid:` to an OID of the UUID arc 2.25. An address loses its server, a
version its history. The server is not part of the token: one run is about one server's resources.
"""

import hmac
import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from cds.fhir.types import RESOURCE_TYPES
from cds.privacy.leaving.policy import Keep

BASE = "https://deid.invalid/fhir"
"""Stands for the server in a bundle's `fullUrl`; `.invalid` never resolves (RFC 2606)."""

_REST = re.compile(
    r"(?:https?://[^\s?#|]+/)?([A-Z][A-Za-z]+)/([^\s/?#|]{1,200})(?:/_history(?:/[^\s/?#|]+)?)?(?:\|\S*)?\Z"
)
_BY_IDENTIFIER = re.compile(
    r"(?:https?://[^\s?#|]+/)?([A-Z][A-Za-z]+)\?identifier=(?:([^\s|&]*)\|)?([^\s|&]+)\Z"
)
_MOST = 200_000
"""Tokens remembered; beyond that they are made again, the same."""


class Tokens:
    """Makes tokens under one key; whoever has not the key can neither make nor undo one."""

    __slots__ = ("_keep", "_key", "_known", "_tenant")

    def __init__(self) -> None:
        self._key = b""
        self._tenant = b""
        self._known: dict[str, str] = {}
        self._keep: Keep | None = None

    def begin(self, key: bytes, *, tenant: str, keep: Keep | None = None) -> None:
        """Make tokens under this key from now on, and tell `keep` what each stands for."""
        self._key = key
        self._keep = keep
        self._tenant = tenant.encode()

    def forget(self) -> None:
        """Destroy the key with everything that was remembered under it."""
        self._key = b""
        self._keep = None
        self._known.clear()

    def own(self, kind: str, own: str) -> str:
        """Return the token of a resource's id."""
        return self.rest(kind, own).partition("/")[2]

    def rest(self, kind: str, own: str) -> str:
        """Return `Type/token` of a type and an id."""
        name = f"{kind}/{own}"
        found = self._known.get(name)
        if found:
            return found
        made = self._kept(name, f"{kind}/{self._hex('id', name, own)}")
        if self._keep is not None:
            self._keep(made, name)
        return made

    def reference(self, text: str) -> str:
        """Return what a reference becomes; empty where it has no form that can be rewritten."""
        found = self._known.get(text)
        return found or self._kept(text, self._reference(text))

    def full_url(self, text: str) -> str:
        """Return what a bundle's `fullUrl` becomes."""
        made = self.reference(text)
        return f"{BASE}/{made}" if made and not made.startswith("urn:") else made

    def by_identifier(self, text: str) -> tuple[str, str]:
        """Return type and token of a conditional reference (`Patient?identifier=...`), or empty strings."""
        match = _BY_IDENTIFIER.match(text)
        if match is None or match[1] not in RESOURCE_TYPES:
            return "", ""
        return match[1], self.identifier({"system": match[2] or None, "value": match[3]})

    def identifier(self, identifier: Mapping[str, Any]) -> str:
        """Return the token of an identifier by its system and value, empty where it has no value."""
        system, value = identifier.get("system"), identifier.get("value")
        if not isinstance(value, str) or not value:
            return ""
        return self._hex("identifier", f"{system if isinstance(system, str) else ''}|{value}", value)

    def word(self, text: str) -> str:
        """Return the token of a name that links within a document (`linkId`)."""
        return self._hex("word", text, text)[:16]

    def uid(self, text: str) -> str:
        """Return the OID that stands for an image's or another OID."""
        return f"2.25.{self._uuid('uid', text.removeprefix('urn:oid:')).int}"

    def number(self, purpose: str, text: str) -> int:
        """Return a number that the key and the text decide."""
        return int.from_bytes(self._digest(purpose, text)[:8], "big")

    def _reference(self, text: str) -> str:
        match = _REST.match(text)
        if match is not None:
            return self.rest(match[1], match[2]) if match[1] in RESOURCE_TYPES else ""
        low = text.casefold()
        if low.startswith("urn:uuid:") and len(text) <= 200:
            return f"urn:uuid:{self._uuid('uuid', low[9:])}"
        if low.startswith("urn:oid:") and len(text) <= 200:
            return f"urn:oid:{self.uid(low)}"
        return ""

    def _kept(self, name: str, made: str) -> str:
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[name] = made
        return made

    def _hex(self, purpose: str, text: str, original: str) -> str:
        made = self._digest(purpose, text)[:16].hex()
        # One in 2**128: an id that is its own token would stand there in clear.
        return made if made != original else self._digest(purpose, f"{text} ")[:16].hex()

    def _uuid(self, purpose: str, text: str) -> UUID:
        made = UUID(bytes=self._digest(purpose, text)[:16], version=4)
        return made if str(made) != text else UUID(bytes=self._digest(purpose, f"{text} ")[:16], version=4)

    def _digest(self, purpose: str, text: str) -> bytes:
        if not self._key:
            raise RuntimeError("the run is closed: its key is destroyed")
        message = b"%b\0%b\0%b" % (purpose.encode(), self._tenant, text.encode("utf-8", "surrogatepass"))
        return hmac.digest(self._key, message, "sha256")


def patient_id(text: str) -> str:
    """Return the id of the patient that a reference of the REST form names, else an empty string."""
    match = _REST.match(text)
    return match[2] if match is not None and match[1] == "Patient" else ""
