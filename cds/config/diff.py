"""The difference of two documents: place by place, and as text. Key material is shown by its thumbprint.

Documents come as JSON data, so that revisions of older releases can be compared too. The document holds
references to secrets, never secrets; public keys are masked because they drown what changed.
"""

import base64
import difflib
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from cds.config.pointer import pointer

Json = Any

_SHOWN = ("kid", "kty", "crv", "alg", "use", "key_ops")
_REQUIRED: Mapping[str, tuple[str, ...]] = {
    "EC": ("crv", "kty", "x", "y"),
    "RSA": ("e", "kty", "n"),
    "OKP": ("crv", "kty", "x"),
}
"""The members that a key's thumbprint is made of, in order. Source: RFC 7638 section 3.2, RFC 8037."""


@dataclass(frozen=True, slots=True)
class Change:
    """One place where two documents differ.

    `path` leads into the new document; for what was removed, into the old one.
    """

    path: str
    op: Literal["add", "remove", "replace"]
    old: Json = None
    new: Json = None

    def as_json(self) -> dict[str, Json]:
        """Return the change as JSON data."""
        return {"path": self.path, "op": self.op, "old": self.old, "new": self.new}


def changes(old: Mapping[str, Json], new: Mapping[str, Json]) -> list[Change]:
    """Return every difference; clients are matched by id, all other lists are compared as a whole."""
    before, after = masked(old), masked(new)
    rest = _differences(_without_clients(before), _without_clients(after), ())
    return [*rest, *_client_changes(before.get("clients", []), after.get("clients", []))]


def text(old: Mapping[str, Json], new: Mapping[str, Json], *, names: tuple[str, str]) -> str:
    """Return the unified difference of both documents, masked, as indented JSON."""
    before, after = _lines(masked(old)), _lines(masked(new))
    return "\n".join(difflib.unified_diff(before, after, *names, lineterm=""))


def masked(document: Mapping[str, Json]) -> dict[str, Json]:
    """Return the document with key material replaced by thumbprints."""
    clients = [
        {**client, "jwks": masked_keys(client["jwks"])} if client.get("jwks") else client
        for client in document.get("clients") or []
    ]
    return {**document, "clients": clients} if clients else dict(document)


def masked_keys(jwks: Mapping[str, Json]) -> dict[str, Json]:
    """Return a key set with kid, kind, use and thumbprint of each key.

    Members beyond those, and certificates, are summed up in a digest, so that no change goes unseen.
    """
    return {"keys": [_masked_key(key) for key in jwks.get("keys", ())]}


def thumbprint(key: Mapping[str, Json]) -> str:
    """Return a public key's SHA-256 thumbprint (RFC 7638)."""
    members = {name: key.get(name) for name in _REQUIRED.get(str(key.get("kty")), ("kty",))}
    return _digest(members)


def _masked_key(key: Mapping[str, Json]) -> dict[str, Json]:
    shown = {name: key[name] for name in _SHOWN if name in key}
    seen = {*_SHOWN, *_REQUIRED.get(str(key.get("kty")), ())}
    other = {name: value for name, value in key.items() if name not in seen}
    return {**shown, "thumbprint": thumbprint(key), **({"other": _digest(other)} if other else {})}


def _digest(value: Json) -> str:
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(hashlib.sha256(canonical).digest()).rstrip(b"=").decode()


def _without_clients(document: Mapping[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in document.items() if name != "clients"}


def _lines(document: Json) -> list[str]:
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False).splitlines()


def _differences(old: Json, new: Json, place: tuple[str | int, ...]) -> Iterator[Change]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in sorted({*old, *new}):
            yield from _member(old, new, name, place)
    elif not _same(old, new):
        yield Change(pointer(*place), "replace", old, new)


def _member(
    old: Mapping[str, Json], new: Mapping[str, Json], name: str, place: tuple[str | int, ...]
) -> Iterator[Change]:
    here = (*place, name)
    if name not in new:
        yield Change(pointer(*here), "remove", old[name])
    elif name not in old:
        yield Change(pointer(*here), "add", new=new[name])
    else:
        yield from _differences(old[name], new[name], here)


def _same(old: Json, new: Json) -> bool:
    """Tell whether two values are the same JSON: in Python 1, 1.0 and True are equal."""
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(_same, old, new))
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return old.keys() == new.keys() and all(_same(old[name], new[name]) for name in old)
    return type(old) is type(new) and bool(old == new)


def _client_changes(old: Sequence[Json], new: Sequence[Json]) -> Iterator[Change]:
    before = {client["id"]: (at, client) for at, client in enumerate(old)}
    after = {client["id"]: (at, client) for at, client in enumerate(new)}
    for name, (at, client) in before.items():
        if name not in after:
            yield Change(pointer("clients", at), "remove", client)
    for name, (at, client) in after.items():
        if name in before:
            yield from _differences(before[name][1], client, ("clients", at))
        else:
            yield Change(pointer("clients", at), "add", new=client)
    kept = [[name for name in names if name in before and name in after] for names in (before, after)]
    if kept[0] != kept[1]:
        yield Change("/clients", "replace", kept[0], kept[1])
