"""Sections A (where it is spoken), B and C: what the service publishes about itself."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from cds.conformance.exchange import Answer, CannotRunError
from cds.conformance.ledger import Ledger
from cds.conformance.subject import Offer, Options, Reply, Subject
from cds.conformance.templates import lint
from cds.conformance.violations import (
    Violation,
    Violations,
    extension,
    is_reverse_dns,
    members,
    step,
    text,
    unknown,
)

_SEMVER: Final = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)(\.(0|[1-9]\d*))?(-[0-9A-Za-z.-]+)?")
_OLD_VERSIONS: Final = frozenset({"STU1", "STU2", "STU3"})
_ENTRY: Final = frozenset(
    {"hook", "title", "description", "id", "prefetch", "usageRequirements", "version", "hookVersion"}
)


def check_base_url(subject: Subject) -> None:
    """Judge A2 on the address alone: TLS anywhere but on loopback."""
    exchange = subject.exchange
    secure = exchange.base_url.startswith("https://") or exchange.loopback
    evidence = Answer(method="GET", path="", status=0).evidence(excerpt=exchange.base_url)
    subject.ledger.expect("A2", "the base URL is plain http", evidence, holds=secure)


def discover(subject: Subject) -> Answer:
    """Fetch discovery, or say why there is nothing to test."""
    answer = subject.exchange.discover()
    if not answer.status:
        raise CannotRunError(
            f"{subject.exchange.base_url} did not answer ({answer.error}); is the service up?"
        )
    if answer.status in {401, 403} and subject.exchange.credentials is None:
        raise CannotRunError(f"discovery answered {answer.status}: pass --issuer and --key")
    return answer


def check_discovery(subject: Subject, answer: Answer) -> None:
    """Judge section B on the discovery document."""
    document = answer.document
    found = list(check_document(document))
    if answer.status != 200:
        hint = ": register the kit's issuer and key" if answer.status == 401 else ""
        subject.ledger.violated("B1", f"discovery answered {answer.status}, not 200{hint}", answer.evidence())
    report(subject.ledger, answer, found)
    if answer.status == 200 and not any(breach.check == "B1" for breach in found):
        _check_stability(subject, answer)
        _passes(subject.ledger, document["services"], broken={breach.check for breach in found})


def check_document(document: Any) -> Violations:
    """List every breach of section B in a discovery document."""
    services = document.get("services") if isinstance(document, dict) else None
    if not isinstance(services, list):
        yield Violation(
            check="B1", pointer="/services", message="discovery is an object with an array services"
        )
        return
    found, wrong = members(services, check="B3", pointer="/services")
    yield from wrong
    pairs = Counter((str(entry.get("id")), str(entry.get("hook"))) for _, entry in found)
    for place, entry in found:
        yield from _entry(entry, pointer=place)
        if pairs[str(entry.get("id")), str(entry.get("hook"))] > 1:
            yield Violation(check="B7", pointer=place, message="the same id and hook are listed twice")


def read_offers(document: Any, options: Options) -> tuple[Offer, ...]:
    """Return the usable entries of a discovery document, limited to the wanted services."""
    services = document.get("services") if isinstance(document, dict) else None
    entries = members(services, check="B3", pointer="/services")[0] if services else []
    usable = {
        (entry["id"], entry["hook"]): _offer(entry, place)
        for place, entry in reversed(entries)
        if isinstance(entry.get("id"), str) and entry["id"] and isinstance(entry.get("hook"), str)
    }
    offers = tuple(reversed(usable.values()))
    missing = set(options.services) - {offer.id for offer in offers}
    if missing:
        raise CannotRunError(f"discovery does not list {', '.join(sorted(missing))}")
    return tuple(offer for offer in offers if not options.services or offer.id in options.services)


def check_templates(subject: Subject) -> None:
    """Judge section C on every published template."""
    templates = [(offer, key, query) for offer in subject.offers for key, query in offer.prefetch.items()]
    discovery = subject.exchange.answers[0]
    broken = set()
    for offer, key, query in templates:
        place = step(step(offer.pointer, "prefetch"), key)
        for flaw in lint(query, hook=offer.hook):
            broken.add(flaw.check)
            message = f"{offer.id}: {flaw.message}"
            subject.ledger.violated(flaw.check, message, discovery.evidence(place, query))
    for line in ("C1", "C2", "C3", "C4", "C5"):
        if not templates:
            subject.ledger.not_run(line, "no service publishes prefetch templates")
        elif line not in broken:
            subject.ledger.ok(line)


def check_routing(subject: Subject) -> None:
    """Judge B7 by the calls: an id on several hooks answers each of them."""
    several = Counter(offer.id for offer in subject.offers)
    replies = {(reply.offer.id, reply.offer.hook): reply for reply in reversed(subject.replies)}
    shared = [reply for reply in replies.values() if several[reply.offer.id] > 1]
    if not shared:
        subject.ledger.not_run("B7", "no id is published for several hooks")
    for reply in shared:
        _check_routed(subject.ledger, reply)


def report(ledger: Ledger, answer: Answer, found: list[Violation]) -> None:
    """Enter the breaches of one document into the ledger."""
    for breach in found:
        note = ledger.warned if breach.severity == "warn" else ledger.violated
        note(breach.check, breach.message, answer.evidence(breach.pointer, ""))


def _check_routed(ledger: Ledger, reply: Reply) -> None:
    refused = reply.answer.refused and reply.answer.status not in {401, 403, 412, 429}
    reason = f"{reply.offer.name} is published and refused"
    if refused:
        ledger.failed("B7", reason, reply.answer.evidence())
    else:
        ledger.ok("B7")


def _check_stability(subject: Subject, first: Answer) -> None:
    again = subject.exchange.discover()
    same = again.status == 200 and again.document == first.document
    subject.ledger.expect("B1", "a second discovery differs from the first", again.evidence(), holds=same)


def _passes(ledger: Ledger, services: list[Any], *, broken: set[str]) -> None:
    if services:
        ledger.not_run("B2", "the service publishes services")
    else:
        ledger.ok("B2")
    needs: Mapping[str, tuple[str, ...]] = {
        "B3": ("id",),
        "B4": ("title",),
        "B5": ("prefetch", "usageRequirements"),
        "B6": ("version", "hookVersion"),
        "B9": ("extension",),
    }
    entries = [entry for entry in services if isinstance(entry, dict)]
    for line, names in needs.items():
        if line in broken:
            continue
        if any(name in entry for entry in entries for name in names):
            ledger.ok(line)
        else:
            ledger.not_run(line, f"no service publishes {' or '.join(names)}")


def _offer(entry: Mapping[str, Any], pointer: str) -> Offer:
    prefetch = entry.get("prefetch")
    queries = prefetch if isinstance(prefetch, dict) else {}
    version = entry.get("version")
    return Offer(
        id=entry["id"],
        hook=entry["hook"],
        prefetch={key: query for key, query in queries.items() if isinstance(query, str)},
        pointer=pointer,
        version=version if isinstance(version, str) else "2.0",
    )


def _entry(entry: Mapping[str, Any], *, pointer: str) -> Violations:
    for name in ("hook", "id", "description"):
        yield from text(entry, name, check="B3", pointer=pointer)
    yield from text(entry, "title", check="B4", pointer=pointer)
    yield from text(entry, "usageRequirements", check="B5", pointer=pointer, required=False)
    yield from unknown(entry, _ENTRY, check="B3", pointer=pointer)
    yield from extension(entry, check="B9", pointer=pointer)
    yield from _prefetch(entry, pointer=pointer)
    yield from _versions(entry, pointer=pointer)
    service_id = entry.get("id")
    if isinstance(service_id, str) and quote(service_id, safe="") != service_id:
        message = "the id needs escaping in the service's URL"
        yield Violation(check="B3", pointer=step(pointer, "id"), message=message, severity="warn")


def _prefetch(entry: Mapping[str, Any], *, pointer: str) -> Violations:
    if "prefetch" not in entry:
        return
    prefetch, place = entry["prefetch"], step(pointer, "prefetch")
    if not isinstance(prefetch, dict) or not prefetch:
        yield Violation(check="B5", pointer=place, message="prefetch must be an object with members")
        return
    for key in prefetch:
        yield from text(prefetch, key, check="B5", pointer=place)


def _versions(entry: Mapping[str, Any], *, pointer: str) -> Violations:
    for name in ("version", "hookVersion"):
        value = entry.get(name)
        if name in entry and not (
            isinstance(value, str) and (_SEMVER.fullmatch(value) or value in _OLD_VERSIONS)
        ):
            yield Violation(check="B6", pointer=step(pointer, name), message=f"{name} is not a version")


def check_hook_names(subject: Subject, *, library: frozenset[str], deprecated: Mapping[str, str]) -> None:
    """Judge the names of hooks: library, deprecated, or the organisation's own in reverse-DNS form."""
    ledger, discovery = subject.ledger, subject.exchange.answers[0]
    names = {offer.hook: offer for offer in subject.offers}
    custom = {hook: offer for hook, offer in names.items() if hook not in library | deprecated.keys()}
    for hook, offer in custom.items():
        reason = f"{hook} is neither in the library nor a reverse-DNS name"
        ledger.expect("H.custom", reason, discovery.evidence(offer.pointer, hook), holds=is_reverse_dns(hook))
    if not custom:
        ledger.not_run("H.custom", "only hooks of the library are published")
    for hook, replacement in deprecated.items():
        if hook in names:
            reason = f"{hook} was replaced by {replacement}"
            ledger.violated("H.deprecated", reason, discovery.evidence(names[hook].pointer, hook))
    if not deprecated.keys() & names.keys():
        ledger.ok("H.deprecated")
