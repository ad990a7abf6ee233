"""Real cards to look at: every service fired at synthetic patients, fitted to an EHR's profile.

A demo runs in this process with the site's configuration of services and one client of the profile, so that
what is looked at is what that EHR would be sent. No patient of the site is touched.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from cds.config.compiled import Snapshot, snapshot
from cds.config.document import ClientConfig, Document
from cds.errors import CdsError
from cds.fire.discovery import Offer, offers, parsed
from cds.fire.firing import About, Exchange, Firing, fire
from cds.fire.sources import demo_chart
from cds.fire.token import Signer
from cds.fire.transport import in_process
from cds.parts import Parts
from cds.web import create_app
from cds.wiring import demo as demos
from cds.wiring.build import reconfigured

PATIENTS = 3
"""How many patients each service is fired at on each hook."""


@dataclass(frozen=True)
class Sample:
    """The answer of one service on one hook to one synthetic patient."""

    service: str
    hook: str
    patient: str
    """The short name of the synthetic patient."""
    status: int
    body: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def cards(self) -> list[Mapping[str, Any]]:
        """The cards of the answer."""
        found = self.body.get("cards")
        return [card for card in found if isinstance(card, dict)] if isinstance(found, list) else []


@dataclass(frozen=True)
class _Held:
    """Parts that stay as they are."""

    parts: Parts

    def reload(self) -> None:
        """Do nothing: this configuration stands in no store."""


def take(profile: str, site: Document, *, link_origins: Iterable[str] = ()) -> tuple[Sample, ...]:
    """Return the answers of every service at this site as a client of this profile is sent them."""
    with closing(demos.start()) as demo:
        signer = Signer("https://doctor.invalid", demo.private_key)
        current = snapshot(_document(demo, signer, profile, site, tuple(link_origins)), revision=1)
        return tuple(_fired(demo, signer, current))


def _document(
    demo: demos.Demo, signer: Signer, profile: str, site: Document, link_origins: tuple[str, ...]
) -> Document:
    client = ClientConfig(
        id="doctor",
        issuer=signer.issuer,
        jwks=signer.public,
        profile=profile,
        fhir_origins=(demo.fhir_base(),),
        link_origins=link_origins,
        # What is looked at are the cards; the demo's key is ES384 whatever the EHR signs with.
        algorithms=("ES384", "RS384"),
    )
    return site.model_copy(update={"clients": (client,)})


def _fired(demo: demos.Demo, signer: Signer, current: Snapshot) -> Iterator[Sample]:
    app = create_app(_Held(reconfigured(demo.live.parts, current)))
    base = demo.live.parts.settings.base_url
    post = in_process(app)
    found = offers(parsed(post.send("GET", f"{base}/cds-services", headers={}).body))
    for offer in found:
        for slug in _patients(demo, offer):
            chart, patient = demo_chart(demo, "demo", slug)
            try:
                firing = Firing(offer.id, base, offer.hook, About(chart, patient), signer=signer)
                yield _sample(offer, slug, fire(firing, post))
            except CdsError:
                # This patient has nothing that the hook carries (no encounter, no draft): another will do.
                continue


def _patients(demo: demos.Demo, offer: Offer) -> list[str]:
    """Return patients that the index names for this hook, twice the first: topics must stay the same."""
    named = [row["slug"] for row in demo.charts.index if offer.hook in row.get("hooks", ())]
    return [*named[:1], *named[:PATIENTS]]


def _sample(offer: Offer, slug: str, exchange: Exchange) -> Sample:
    body = exchange.document if isinstance(exchange.document, dict) else {}
    return Sample(offer.id, offer.hook, slug, exchange.reply.status, body)
