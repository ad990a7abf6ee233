"""One firing: discovery, context, prefetch, token, call. `fire` reads like this list."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import orjson

from cds.fire import discovery, prefetch
from cds.fire.chart import Chart
from cds.fire.context import Ask, build
from cds.fire.discovery import Offer
from cds.fire.drafts import Draft
from cds.fire.errors import CannotFire
from cds.fire.prefetch import Filled, Mode
from cds.fire.token import Signer, mint
from cds.fire.transport import Post, Reply
from cds.hooks.contexts import HOOKS


@dataclass(frozen=True)
class About:
    """A patient on a chart, and what the person at the EHR would say of the call."""

    chart: Chart
    patient: str
    user: str = ""
    encounter: str = ""
    draft: Draft | None = None


@dataclass(frozen=True)
class Firing:
    """What to fire: a service, and either a patient (`about`) or a stored `request`."""

    service: str
    base: str
    hook: str = ""
    about: About | None = None
    request: Mapping[str, Any] | None = field(default=None, repr=False)
    mode: Mode = "full"
    breakers: Mapping[str, str] = field(default_factory=dict)
    """Prefetch key to null, missing, outcome or page."""
    signer: Signer | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step and the seconds it took."""

    name: str
    seconds: float


@dataclass(frozen=True)
class Exchange:
    """What was sent and what came back."""

    url: str
    request: Mapping[str, Any] = field(repr=False)
    reply: Reply
    document: Any = field(repr=False)
    """The answer's body as JSON, or None where it is none."""
    offer: Offer | None
    """The entry of discovery that was fired, or None where a stored request's is not listed."""
    discovered: Any = field(repr=False)
    prefetch: tuple[Filled, ...] = ()
    steps: tuple[Step, ...] = ()
    notes: tuple[str, ...] = ()
    signed: bool = False

    @property
    def hook(self) -> str:
        """The hook that was fired."""
        return str(self.request.get("hook", ""))

    @property
    def cards(self) -> list[Mapping[str, Any]]:
        """The cards of the answer, as far as they are objects."""
        found = self.document.get("cards") if isinstance(self.document, dict) else None
        return [card for card in found if isinstance(card, dict)] if isinstance(found, list) else []


Clock = Callable[[], float]


def fire(
    firing: Firing,
    post: Post,
    *,
    now: Clock = time.time,
    new_id: Callable[[], str] = lambda: str(uuid4()),
) -> Exchange:
    """Return the exchange; raise `CannotFire` or `BadRequest` where there is no call to make."""
    started = time.monotonic()
    document, found = discovery.read(post, firing.base, headers=_bearer(firing, discovery.PATH, now))
    steps = [Step("discovery", time.monotonic() - started)]
    if firing.request is not None:
        loaded = _stored(firing, document)
    elif firing.about is not None:
        listed = discovery.listed(document, found, firing.base)
        loaded = _charted(firing, firing.about, listed, now=now, new_id=new_id)
    else:
        raise CannotFire("give a stored request, or a patient and a FHIR server")
    url = discovery.service_url(firing.base, firing.service)
    headers = {"Accept": "application/json", "Content-Type": "application/json"}
    headers |= _bearer(firing, url.removeprefix(firing.base.rstrip("/")), now)
    reply = post.send("POST", url, headers=headers, body=orjson.dumps(loaded.request))
    return Exchange(
        url=url,
        request=loaded.request,
        reply=reply,
        document=discovery.parsed(reply.body),
        offer=loaded.offer,
        discovered=document,
        prefetch=loaded.prefetch,
        steps=(*steps, *loaded.steps, Step("call", reply.seconds)),
        notes=loaded.notes,
        signed=firing.signer is not None,
    )


@dataclass(frozen=True)
class _Loaded:
    """A request ready to be sent."""

    request: dict[str, Any]
    offer: Offer | None
    prefetch: tuple[Filled, ...]
    steps: tuple[Step, ...] = ()
    notes: tuple[str, ...] = ()


def _bearer(firing: Firing, path: str, now: Clock) -> dict[str, str]:
    if firing.signer is None:
        return {}
    audience = f"{firing.base.rstrip('/')}{path}"
    return {"Authorization": f"Bearer {mint(firing.signer, audience, now=now)}"}


def _stored(firing: Firing, document: Any) -> _Loaded:
    """Return a stored request as it stands but for the breakers; whether its service is listed is told."""
    request = dict(firing.request or {})
    hook = str(request.get("hook", ""))
    if firing.hook and firing.hook != hook:
        raise CannotFire(
            f"the stored request is for the hook {hook or '(none)'}, not {firing.hook}; leave out --hook"
        )
    mine = [o for o in discovery.offers(document) if (o.id, o.hook) == (firing.service, hook)]
    filled: tuple[Filled, ...] = ()
    prefetched = request.get("prefetch")
    held = prefetched if isinstance(prefetched, dict) else {}
    broken = prefetch.breakers(firing.breakers, held)
    if held:
        base = str(request.get("fhirServer", "")).rstrip("/")
        filled = prefetch.rebroken(held, mode=firing.mode, broken=broken, base=base)
        request["prefetch"] = prefetch.as_object(filled)
        request = {key: value for key, value in request.items() if key != "prefetch" or value}
    notes = () if mine else ("discovery does not list this service on this hook; fired all the same",)
    return _Loaded(request, mine[0] if mine else None, filled, notes=notes)


def _charted(
    firing: Firing, about: About, listed: tuple[Offer, ...], *, now: Clock, new_id: Callable[[], str]
) -> _Loaded:
    """Return a request made from the chart."""
    offer = discovery.choose(listed, firing.service, hook=firing.hook, preferred=_for_draft(about.draft))
    started = time.monotonic()
    ask = Ask(offer.hook, about.patient, user=about.user, encounter=about.encounter, draft=about.draft)
    built = build(ask, about.chart, now=datetime.fromtimestamp(now(), tz=UTC))
    between = time.monotonic()
    broken = prefetch.breakers(firing.breakers, offer.prefetch)
    filled = prefetch.fill(offer.prefetch, built.context, about.chart, mode=firing.mode, broken=broken)
    steps = (Step("context", between - started), Step("prefetch", time.monotonic() - between))
    request: dict[str, Any] = {
        "hook": offer.hook,
        "hookInstance": new_id(),
        "fhirServer": about.chart.base,
        "context": built.raw,
    }
    if about.chart.grant:
        request["fhirAuthorization"] = about.chart.grant.authorization()
    held = prefetch.as_object(filled)
    return _Loaded(
        request | ({"prefetch": held} if held else {}),
        offer,
        filled,
        steps,
        _notes(offer, listed, built.notes),
    )


def _for_draft(draft: Draft | None) -> tuple[str, ...]:
    """Return the hooks that carry something, to be preferred where something was drafted."""
    carrying = {
        "draftOrders",
        "medications",
        "medication",
        "allergyIntolerance",
        "conditions",
        "appointments",
    }
    return tuple(name for name, hook in HOOKS.items() if carrying & set(hook.fields)) if draft else ()


def _notes(offer: Offer, listed: tuple[Offer, ...], notes: tuple[str, ...]) -> tuple[str, ...]:
    others = [o.hook for o in listed if o.id == offer.id and o.hook != offer.hook]
    also = f"hook: {offer.hook}, also offered on {', '.join(others)} (--hook chooses)" if others else ""
    return (*filter(None, (also,)), *notes)


def storable(exchange: Exchange) -> dict[str, Any]:
    """Return the request as it may be kept for another firing: without the access token it carried."""
    return {key: value for key, value in exchange.request.items() if key != "fhirAuthorization"}
