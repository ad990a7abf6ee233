"""A key ring in an environment variable, as orchestrators hand secrets to containers; it cannot be changed.

The variable holds what a ring's file holds (`adapters.keys_ring`), as it is or in base64 on one line. It is
read once, at the start: a new ring needs new processes.
"""

import base64
import json
import os
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from adapters import keys_ring
from adapters.ports import KeyFailure


class EnvKeys:
    """The key ring that an environment variable held when this was made."""

    def __init__(self, name: str, *, environ: Mapping[str, str] | None = None) -> None:
        self._name = name
        self._ring = keys_ring.load(
            _document(name, os.environ if environ is None else environ), place=_place(name)
        )

    def active(self) -> str:
        """Return the id of the key that new data is sealed with."""
        return self._ring.active

    def wrap(self, data_key: bytes, *, context: bytes) -> tuple[str, bytes]:
        """Return the active key's id and the data key under it."""
        return self._ring.wrap(data_key, context=context)

    def unwrap(self, kid: str, wrapped: bytes, *, context: bytes) -> bytes:
        """Return the data key; no key but the one named is tried."""
        return self._ring.unwrap(kid, wrapped, context=context)

    def derive(self, purpose: str, tenant: str) -> bytes:
        """Return the 32-byte key of one purpose of one tenant."""
        return self._ring.derive(purpose, tenant)

    def describe(self) -> Sequence[Mapping[str, Any]]:
        """Return id, state and creation time of each key, oldest first."""
        return self._ring.describe()

    def rotate(self) -> NoReturn:
        """Refuse: a process cannot change where its environment comes from."""
        self._refuse("rotate")

    def destroy(self, kid: str) -> NoReturn:
        """Refuse, as with `rotate`."""
        self._refuse(f"destroy {kid}")

    def _refuse(self, act: str) -> NoReturn:
        raise KeyFailure(
            f"{_place(self._name)} cannot be changed from here: keep the ring in a file, run `clinicards "
            f"keys {act}` there, put the file's content into the variable, restart, then `clinicards keys "
            "rewrap`"
        )


def _document(name: str, environ: Mapping[str, str]) -> Any:
    text = environ.get(name, "").strip()
    if not text:
        raise KeyFailure(
            f"{_place(name)} is not set: make a ring with `clinicards keys new --path FILE` and put the "
            "file's content into it"
        )
    try:
        return json.loads(text if text.startswith("{") else base64.b64decode(text, validate=True))
    except ValueError:
        raise KeyFailure(
            f"{_place(name)} holds no key ring: put the content of a ring's file there"
        ) from None


def _place(name: str) -> str:
    return f"the environment variable {name}"
