"""Reading a service's discovery document and choosing the service and hook to fire."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import orjson

from cds.fire.errors import CannotFire
from cds.fire.transport import Post, Reply, shown

PATH = "/cds-services"


@dataclass(frozen=True, slots=True)
class Offer:
    """One entry of discovery: a service on one hook; `pointer` is its place in the document."""

    id: str
    hook: str
    title: str = ""
    prefetch: Mapping[str, str] = field(default_factory=dict)
    pointer: str = ""
    entry: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def version(self) -> str:
        """The CDS Hooks version the entry claims, 2.0 where it says nothing."""
        claimed = self.entry.get("version")
        return claimed if isinstance(claimed, str) else "2.0"


def service_url(base: str, service: str) -> str:
    """Return the URL that a call of a service is posted to."""
    return f"{base.rstrip('/')}{PATH}/{quote(service, safe='')}"


def read(post: Post, base: str, *, headers: Mapping[str, str]) -> tuple[Any, Reply]:
    """Return the discovery document, or None where the answer is not JSON, with the answer."""
    url = f"{base.rstrip('/')}{PATH}"
    reply = post.send("GET", url, headers={"Accept": "application/json", **headers})
    return parsed(reply.body), reply


def parsed(body: bytes) -> Any:
    """Return a JSON body, or None where it is none."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def offers(document: Any) -> tuple[Offer, ...]:
    """Return the usable entries of a discovery document, in its order."""
    services = document.get("services") if isinstance(document, dict) else None
    entries = enumerate(services) if isinstance(services, list) else ()
    return tuple(_offer(entry, n) for n, entry in entries if _usable(entry))


def _usable(entry: Any) -> bool:
    return isinstance(entry, dict) and all(
        isinstance(entry.get(name), str) and entry[name] for name in ("id", "hook")
    )


def _offer(entry: Mapping[str, Any], position: int) -> Offer:
    prefetch = entry.get("prefetch")
    queries = prefetch if isinstance(prefetch, dict) else {}
    return Offer(
        id=entry["id"],
        hook=entry["hook"],
        title=str(entry.get("title") or ""),
        prefetch={key: query for key, query in queries.items() if isinstance(query, str)},
        pointer=f"/services/{position}",
        entry=entry,
    )


def listed(document: Any, reply: Reply, base: str) -> tuple[Offer, ...]:
    """Return what discovery offers; raise `CannotFire` where it offers nothing that can be used."""
    where = shown(f"{base.rstrip('/')}{PATH}")
    if reply.status in {401, 403}:
        raise CannotFire(f"{where} answered {reply.status}: it wants a token; give --issuer and --key")
    if reply.status != 200:
        raise CannotFire(f"{where} answered {reply.status}, not 200; is --url the base of a CDS service?")
    found = offers(document)
    if not found:
        raise CannotFire(f"{where} lists no service; enable one, or check that --url is its base")
    return found


def choose(
    found: tuple[Offer, ...], service: str, *, hook: str = "", preferred: tuple[str, ...] = ()
) -> Offer:
    """Return the offer of a service on a hook.

    Without a hook: the first of `preferred` it offers, else patient-view, else the first listed.
    """
    mine = {offer.hook: offer for offer in reversed(found) if offer.id == service}
    if not mine:
        raise CannotFire(_unknown(service, sorted({offer.id for offer in found})))
    if hook:
        if hook not in mine:
            raise CannotFire(f"{service} is not offered on {hook}; it is on {', '.join(sorted(mine))}")
        return mine[hook]
    wanted = next((name for name in (*preferred, "patient-view") if name in mine), "")
    return mine[wanted] if wanted else next(offer for offer in found if offer.id == service)


def _unknown(service: str, known: list[str]) -> str:
    near = difflib.get_close_matches(service, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"it lists {', '.join(known)}"
    return f"discovery does not list {service}; {hint}"
