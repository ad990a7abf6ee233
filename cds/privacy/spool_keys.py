"""Which keys the records that wait in the spool are under, seen from outside of the processes that hold them.

Only heads are read: nothing is locked and nothing opened. A record that is being written counts or does not.
"""

import struct
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from cds.privacy.seal import SealError, key_id
from cds.privacy.spool import MAGIC

_FRAME = struct.Struct(">II")


def waiting(folder: Path) -> Counter[str]:
    """Return how many records wait in a spool folder, of all tenants, by the key that they are under."""
    found: Counter[str] = Counter()
    for path in sorted(folder.glob("spool-*")):
        found.update(_keys(path))
    return found


def _keys(path: Path) -> Iterator[str]:
    try:
        content = path.read_bytes()
    except FileNotFoundError:  # delivered and deleted since the folder was read
        return
    at = len(MAGIC)
    while at + _FRAME.size <= len(content):
        size, _ = _FRAME.unpack_from(content, at)
        at += _FRAME.size + size
        try:
            yield key_id(content[at - size : at])
        except SealError:
            yield "unknown"
