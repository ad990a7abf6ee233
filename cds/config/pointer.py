"""Places in a document as JSON pointers (RFC 6901), and the nearest known name for a wrong one."""

import difflib
from collections.abc import Iterable


def pointer(*parts: str | int) -> str:
    """Return the pointer that these steps from the root make."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in parts)


def hint(word: str, known: Iterable[str]) -> str:
    """Return what may have been meant, or all there is."""
    names = sorted(known)
    near = difflib.get_close_matches(word, names, n=1, cutoff=0.5)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"known: {', '.join(names)}" if names else "there is none"
