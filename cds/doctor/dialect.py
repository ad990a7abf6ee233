"""What one EHR vendor wants beyond the specification: the checks that its profile names.

Each looks at the registration of the vendor's clients or at real cards (`samples`), and says the fix.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from adapters.ports import KeySets, PortError
from cds.config.document import Document
from cds.doctor.report import Check, fail, ok, skipped, warn
from cds.doctor.samples import Sample
from cds.hooks.profiles import Profile
from cds.settings import LOOPBACK, Settings
from cds.trust.callers import Client, parsed_keys

_TOPIC = re.compile(r"[A-Za-z0-9]{1,100}\Z")


@dataclass(frozen=True)
class Site:
    """What is known of this installation and of the vendor's clients at it."""

    profile: Profile
    document: Document = field(repr=False)
    clients: tuple[Client, ...] = ()
    """Those registered with this profile."""
    settings: Settings | None = None
    key_sets: KeySets | None = None
    samples: tuple[Sample, ...] = ()
    """Answers as a client of this profile is sent them."""
    unfitted: tuple[Sample, ...] = ()
    """Answers as a client of the generic profile is sent them: with every link."""


def checks(site: Site) -> Iterator[Check]:
    """Run the checks that the profile names."""
    yield _registered(site)
    yield _answers(site)
    for name in site.profile.checks:
        look = _CHECKS.get(name)
        label = f"{site.profile.name}-{name}"
        yield look(label, site) if look else skipped(label, "this release has no such check")


def _registered(site: Site) -> Check:
    name = f"{site.profile.name}-client"
    if not site.clients:
        return warn(
            name,
            f"no client is registered with the profile {site.profile.name}",
            f"register it: `clinicards client add ... --profile {site.profile.name}`",
        )
    return ok(name, ", ".join(client.id for client in site.clients))


def _answers(site: Site) -> Check:
    """Say what the samples are: a service that refused a synthetic patient is named."""
    name = f"{site.profile.name}-samples"
    if not site.samples:
        return skipped(name, "no service gave an answer to look at")
    refused = sorted({f"{s.service} on {s.hook}: {s.status}" for s in site.samples if s.status != 200})
    if refused:
        return warn(name, "; ".join(refused), "see why: `clinicards fire SERVICE --patient SHORT-NAME`")
    cards = sum(len(sample.cards) for sample in site.samples)
    return ok(name, f"{len(site.samples)} answers with {cards} cards looked at")


def _rs384(name: str, site: Site) -> Check:
    if not site.clients:
        return skipped(name, "no client of this profile")
    for client in site.clients:
        if "RS384" not in client.algorithms:
            return fail(
                name, f"{client.id} may not sign with RS384", "register the algorithm RS384 with the client"
            )
        try:
            usable = _keys(client, site)
        except PortError as error:
            return fail(name, f"{client.jwks_url}: {error}", "open the way to the vendor's key set")
        if not any(key == "RS384" for key in usable):
            return fail(
                name, f"{client.id} has no RSA key", "register the RSA public key the vendor signs with"
            )
    return ok(name, "each client has an RSA key and may sign with RS384")


def _keys(client: Client, site: Site) -> list[str]:
    if client.static_keys or site.key_sets is None:
        return [key.algorithm_name for key in client.static_keys.values()]
    found = list(site.key_sets.keys(client.jwks_url, kid=""))
    return [key.algorithm_name for key in parsed_keys({"keys": found}, client.algorithms).values()]


def _jku(name: str, site: Site) -> Check:
    rules = site.profile.token
    if not site.clients:
        return skipped(name, "no client of this profile")
    for client in site.clients:
        if rules.issuer and client.issuer != rules.issuer:
            return fail(
                name, f"{client.id} is registered under another issuer", f"its issuer is {rules.issuer}"
            )
        if client.jwks_url and not client.jwks_url.startswith(rules.jku_prefixes):
            listed = ", ".join(rules.jku_prefixes)
            return fail(
                name, f"{client.id}: jwks_url is not on the vendor's list", f"it begins with {listed}"
            )
    return ok(name, f"issuer and key set are those of {site.profile.title}")


def _https(name: str, site: Site) -> Check:
    urls = [site.settings.base_url] if site.settings else []
    urls += [origin for client in site.clients for origin in client.fhir_origins]
    plain = sorted({url for url in urls if url.startswith("http:")})
    if plain:
        local = all(urlsplit(url).hostname in LOOPBACK for url in plain)
        say = warn if local else fail
        return say(name, f"plain http: {', '.join(plain)}", "give https addresses; the vendor calls no other")
    linked = sorted(origin for origin in _linked(site.unfitted) if origin.startswith("http:"))
    outside = [origin for origin in linked if urlsplit(origin).hostname not in LOOPBACK]
    if outside:
        return warn(name, f"cards link to plain http: {', '.join(outside)}", "link to https pages")
    return ok(name, "every address is https" if urls else "no address is plain http")


def _uuids(name: str, site: Site) -> Check:
    def bad(card: Mapping[str, Any]) -> bool:
        marks = [card.get("uuid"), *(s.get("uuid") for s in _suggestions(card))]
        return not all(isinstance(m, str) and m for m in marks) or len(set(marks)) < len(marks)

    return _of_cards(
        name, site, bad, "a card or suggestion has no uuid of its own", "no feedback would name it"
    )


def _one_action(name: str, site: Site) -> Check:
    wanted = site.profile.response.selection_behavior

    def bad(card: Mapping[str, Any]) -> bool:
        suggestions = _suggestions(card)
        several = any(len(s.get("actions") or ()) != 1 for s in suggestions)
        return several or bool(suggestions and wanted and card.get("selectionBehavior") != wanted)

    what = f"a suggestion has not exactly one action, or its selectionBehavior is not {wanted or 'given'}"
    return _of_cards(name, site, bad, what, "the profile must split it")


def _topics(name: str, site: Site) -> Check:
    def bad(card: Mapping[str, Any]) -> bool:
        return not _TOPIC.match(_topic(card))

    found = _of_cards(
        name, site, bad, "a topic is missing or not 1 to 100 letters and digits", "overrides are lost"
    )
    moving = _moving(site.samples)
    if found.state == "ok" and moving:
        return fail(
            name, f"topics change from call to call: {', '.join(moving)}", "make the topic's code static"
        )
    return found


def _moving(samples: Iterable[Sample]) -> list[str]:
    """Return services that said the same of the same patient under another topic."""
    seen: dict[tuple[str, str, str, str], str] = {}
    moving = set()
    for sample, card in [(each, card) for each in samples for card in each.cards]:
        # Card by card: a busy machine may leave a card out of one of two answers.
        mark = (sample.service, sample.hook, sample.patient, str(card.get("summary")))
        if seen.setdefault(mark, _topic(card)) != _topic(card):
            moving.add(sample.service)
    return sorted(moving)


def _link_origins(name: str, site: Site) -> Check:
    listed = {origin for client in site.clients for origin in client.link_origins}
    dropped = sorted(_linked(site.unfitted) - listed)
    if not dropped:
        return ok(
            name, "every link of the cards looked at is listed" if listed else "no card looked at has a link"
        )
    return warn(
        name,
        f"links to {', '.join(dropped)} are left out, for the vendor shows listed ones only",
        "have the health system allow-list them, and list them as link_origins of the client",
    )


def _linked(samples: Iterable[Sample]) -> set[str]:
    links = (link for sample in samples for card in sample.cards for link in card.get("links") or ())
    return {"/".join(str(link.get("url", "")).split("/")[:3]) for link in links if isinstance(link, dict)}


def _of_cards(name: str, site: Site, bad: Callable[[Mapping[str, Any]], bool], what: str, why: str) -> Check:
    """Return a check that looks at every card of the samples and names the services of the bad ones."""
    looked = [(sample, card) for sample in site.samples for card in sample.cards]
    if not looked:
        return skipped(name, "no card to look at")
    services = sorted({sample.service for sample, card in looked if bad(card)})
    if services:
        return fail(
            name, f"{what} ({', '.join(services)}): {why}", "correct this service; it is a defect of ours"
        )
    return ok(name, f"{len(looked)} cards are as {site.profile.title} wants them")


def _suggestions(card: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = card.get("suggestions")
    return [s for s in found if isinstance(s, dict)] if isinstance(found, list) else []


def _topic(card: Mapping[str, Any]) -> str:
    source = card.get("source")
    topic = source.get("topic") if isinstance(source, dict) else None
    return str(topic.get("code", "")) if isinstance(topic, dict) else ""


def clients_of(profile: str, clients: Sequence[Client]) -> tuple[Client, ...]:
    """Return the clients registered with a profile."""
    return tuple(client for client in clients if client.profile == profile)


_CHECKS: Mapping[str, Callable[[str, Site], Check]] = {
    "rs384": _rs384,
    "uuids": _uuids,
    "topics": _topics,
    "one-action": _one_action,
    "link-origins": _link_origins,
    "https": _https,
    "jku": _jku,
}
