"""A hook fired at every service that answers it, and what each made of it, ready to be drawn."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from cds.errors import CdsError
from cds.fire import discovery
from cds.fire.chart import Chart
from cds.fire.discovery import PATH, Offer
from cds.fire.firing import About, Exchange, Firing, fire, storable
from cds.fire.token import mint
from cds.fire.transport import Reply, WsgiApp
from cds.parts import Parts
from cds.pipeline import Answer
from cds.web.playground.cards import CardView, views
from cds.web.playground.checks import Checker, Row, rows
from cds.web.playground.contrast import Contrast, contrast, pretty
from cds.web.playground.kit import PlaygroundKit
from cds.web.playground.line import Line, line
from cds.web.playground.scenario import Scenario
from cds.web.playground.timing import Span, Watch, Waterfall, story, waterfall


@dataclass(frozen=True, slots=True)
class Issue:
    """One issue of an OperationOutcome."""

    severity: str
    code: str
    text: str
    place: str


@dataclass(frozen=True)
class Shot:
    """One service's part of a firing."""

    service: str
    title: str
    status: int
    """0 where no call was made; `trouble` says why."""
    ms: float = 0.0
    trouble: str = ""
    issues: tuple[Issue, ...] = ()
    hint: str = ""
    cards: tuple[CardView, ...] = ()
    prefetch: tuple[Any, ...] = ()
    notes: tuple[str, ...] = ()
    request: str = field(default="", repr=False)
    response: str = field(default="", repr=False)
    contrast: Contrast | None = field(default=None, repr=False)
    checks: tuple[Row, ...] = ()
    spans: tuple[Span, ...] = ()
    drawing: Waterfall | None = None

    @property
    def ok(self) -> bool:
        """Whether the service answered with cards."""
        return self.status == 200


HINTS: Mapping[int, str] = {
    400: "The service names the field that is wrong. Compare the request below with the hook's definition.",
    401: "The service does not know the token's issuer, key or audience. Its audit log says which.",
    403: "This client is registered, but not for this service.",
    404: "No service of this id is switched on.",
    412: "Data the service needs did not come with the prefetch and could not be read. See below which keys "
    "arrived, and whether the service may read the FHIR server.",
    413: "The request is larger than the service takes. Narrow the prefetch or raise its limit.",
    429: "Too many calls. Wait as Retry-After says.",
    500: "A defect of the service. Its log names the place; nothing was checked.",
    503: "A part of the service is away. Nothing was checked; try again as Retry-After says.",
}


def offered(parts: Parts, app: WsgiApp, kit: PlaygroundKit) -> tuple[Offer, ...]:
    """Return what discovery lists to the playground's EHR."""
    base = parts.settings.base_url
    token = mint(kit.signer, f"{base.rstrip('/')}{PATH}")
    post = line(app, parts, issuer=kit.signer.issuer, ehr="generic", watch=Watch())
    document, _ = discovery.read(post, base, headers={"Authorization": f"Bearer {token}"})
    return discovery.offers(document)


def chosen(offers: tuple[Offer, ...], scenario: Scenario) -> tuple[Offer, ...]:
    """Return the offers a scenario fires at."""
    here = tuple(offer for offer in offers if offer.hook == scenario.hook)
    return tuple(offer for offer in here if scenario.service in {"", offer.id})


@dataclass(frozen=True)
class Range:
    """Where hooks are fired: the kit, the parts of the moment, the application and the patient."""

    kit: PlaygroundKit
    parts: Parts
    app: WsgiApp
    patient: str
    resources: tuple[Mapping[str, Any], ...] | None = field(default=None, repr=False)
    """A pasted record; without one the chart of the demo is used."""

    def chart(self, ehr: str, watch: Watch) -> Chart:
        """Return the chart that an EHR of this profile keeps."""
        if self.resources is not None:
            return self.kit.pasted(self.resources, watch)
        return self.kit.chart(self.parts, self.patient, ehr, watch)


def fired(offers: tuple[Offer, ...], scenario: Scenario, place: Range) -> tuple[Shot, ...]:
    """Return what each of these services made of the hook."""
    return tuple(_shot(offer, scenario, place) for offer in offers)


def _shot(offer: Offer, scenario: Scenario, place: Range) -> Shot:
    watch = Watch()
    post = line(place.app, place.parts, issuer=place.kit.signer.issuer, ehr=scenario.ehr, watch=watch)
    order = _order(offer, scenario, place, watch)
    try:
        exchange = _alone(order, post) if scenario.server == "none" else fire(order, post)
    except CdsError as error:
        return Shot(offer.id, offer.title, 0, trouble=error.message, hint=_fix(error))
    return _drawn(
        offer, exchange, post, checker=place.kit.checker, watch=watch, whole=place.resources is not None
    )


def _alone(order: Firing, post: Line) -> Exchange:
    """Return the exchange of a call that names no FHIR server: some hospitals forbid reading back."""
    draft = fire(order, _Unsent(post))
    request = {key: value for key, value in storable(draft).items() if key != "fhirServer"}
    sent = fire(replace(order, about=None, breakers={}, request=request), post)
    return replace(sent, prefetch=draft.prefetch, notes=draft.notes)


def _fix(error: CdsError) -> str:
    return (
        f"Place: {error.pointer}"
        if error.pointer
        else "The EHR could not make a call; the service was not asked."
    )


def _order(offer: Offer, scenario: Scenario, place: Range, watch: Watch) -> Firing:
    """Return what `fire` is told; breakers of keys this service does not have are another service's."""
    about = About(
        place.chart(scenario.ehr, watch), place.patient, encounter=scenario.encounter, draft=scenario.draft
    )
    return Firing(
        service=offer.id,
        base=place.parts.settings.base_url,
        hook=offer.hook,
        about=about,
        breakers={key: state for key, state in scenario.breakers.items() if key in offer.prefetch},
        signer=place.kit.signer,
    )


def _drawn(  # one firing's makings
    offer: Offer, exchange: Exchange, post: Line, *, checker: Checker, watch: Watch, whole: bool
) -> Shot:
    ok = exchange.reply.status == 200
    body = exchange.document
    seen: Answer | None = post.answer
    shown = storable(exchange)
    return Shot(
        service=offer.id,
        title=offer.title or offer.id,
        status=exchange.reply.status,
        ms=exchange.reply.seconds * 1000,
        issues=() if ok else issues(body),
        hint="" if ok else HINTS.get(exchange.reply.status, ""),
        cards=views(body, service=(offer.id, offer.title or offer.id), request=exchange.request)
        if ok
        else (),
        prefetch=exchange.prefetch,
        notes=tuple(note for note in exchange.notes if not note.startswith("hook:")),
        request=pretty(shown if whole else brief(shown)),
        response=pretty(body),
        contrast=contrast(seen.intake) if seen and seen.intake else None,
        checks=rows(checker, body, exchange.request) if ok else (),
        spans=story(watch.sorted()),
        drawing=waterfall(watch.sorted()),
    )


def issues(body: Any) -> tuple[Issue, ...]:
    """Return the issues of an OperationOutcome."""
    found = body.get("issue") if isinstance(body, Mapping) else None
    return tuple(_issue(issue) for issue in (found or ()) if isinstance(issue, Mapping))


def _issue(issue: Mapping[str, Any]) -> Issue:
    details = issue.get("details")
    text = details.get("text", "") if isinstance(details, Mapping) else ""
    places = issue.get("expression")
    place = ", ".join(map(str, places)) if isinstance(places, list) else ""
    return Issue(str(issue.get("severity", "")), str(issue.get("code", "")), str(text), place)


_SHOWN = 2
"""Entries of a prefetched Bundle that are shown in the page; the whole request can be downloaded."""


def brief(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return a request for the eye: Bundles of the prefetch cut after two entries, with how many follow."""
    prefetch = request.get("prefetch")
    if not isinstance(prefetch, Mapping):
        return dict(request)
    return {**request, "prefetch": {key: _brief(value) for key, value in prefetch.items()}}


def _brief(value: Any) -> Any:
    entries = value.get("entry") if isinstance(value, Mapping) else None
    if not isinstance(entries, list) or len(entries) <= _SHOWN:
        return value
    return {**value, "entry": [*entries[:_SHOWN], f"… {len(entries) - _SHOWN} more entries"]}


class _Unsent:
    """A line on which calls are written and not sent."""

    def __init__(self, post: Line) -> None:
        self._post = post

    def send(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        """Send what is no call; answer a call with nothing."""
        if method == "POST":
            return Reply(204, {}, b"")
        return self._post.send(method, url, headers=headers, body=body)


def written(offer: Offer, scenario: Scenario, place: Range) -> dict[str, Any]:
    """Return the request a scenario makes for one service, whole and unsent, without an access token."""
    watch = Watch()
    post = line(place.app, place.parts, issuer=place.kit.signer.issuer, ehr=scenario.ehr, watch=watch)
    whole = storable(fire(_order(offer, scenario, place, watch), _Unsent(post)))
    return {key: value for key, value in whole.items() if key != "fhirServer" or scenario.server != "none"}


def feedback(service: str, body: bytes, place: tuple[PlaygroundKit, Parts, WsgiApp]) -> Reply:
    """Send feedback to a service as the playground's EHR, through the web application."""
    kit, parts, app = place
    url = f"{discovery.service_url(parts.settings.base_url, service)}/feedback"
    post = line(app, parts, issuer=kit.signer.issuer, ehr="generic", watch=Watch())
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {mint(kit.signer, url)}"}
    return post.send("POST", url, headers=headers, body=body)
