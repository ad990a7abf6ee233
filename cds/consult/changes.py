"""What an answer changed: the list and the red flags before and after, in sentences."""

from collections.abc import Iterator, Mapping

from cds.consult import wording
from cds.consult.reading import Reading, Row

_WATCHED = 5
_TOLD = 3


def changes(before: Reading, after: Reading) -> tuple[str, ...]:
    """Return what a person must hear of it: red flags first, then what moved most."""
    told = (*_flags(before, after), *_urgency(before, after))
    if after.refusal is not None:
        return (*told, after.refusal[0])
    return (*told, *_moved(before, after)) or ("The list stays as it was.",)


def _flags(before: Reading, after: Reading) -> Iterator[str]:
    known = {flag["flag"] for flag in before.flags}
    for flag in after.flags:
        if flag["flag"] not in known:
            yield f"New red flag: {flag['says']}"


def _urgency(before: Reading, after: Reading) -> Iterator[str]:
    if before.heading[0] != after.heading[0]:
        yield f"{after.heading[0]} (was: {before.heading[0].lower()})."


def _moved(before: Reading, after: Reading) -> Iterator[str]:
    was, now = _by_code(before), _by_code(after)
    watched = {row.code: row for row in (*after.rows[:_WATCHED], *before.rows[:_WATCHED])}
    moves = [
        (name, was.get(code), now.get(code))
        for code, name in ((code, row.name) for code, row in watched.items())
        if wording.is_change(_share(was.get(code)), _share(now.get(code)))
    ]
    moves.sort(key=lambda move: -abs(_share(move[2]) - _share(move[1])))
    for name, old, new in moves[:_TOLD]:
        yield _sentence(name, old, new)


def _by_code(reading: Reading) -> Mapping[str, Row]:
    return {row.code: row for row in reading.rows}


def _share(row: Row | None) -> float:
    return row.probability if row else 0.0


def _sentence(name: str, old: Row | None, new: Row | None) -> str:
    if new is None:
        return f"{name} leaves the list (was {old.percent if old else ''})."
    if old is None:
        return f"{name} comes in at {new.percent}, now {wording.place(new.rank)}."
    rank = f", now {wording.place(new.rank)}" if new.rank != old.rank else ""
    verb = "rises" if new.probability > old.probability else "falls"
    return f"{name} {verb} from {old.percent} to {new.percent}{rank}."
