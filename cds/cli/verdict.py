"""What an exchange says about conformance: the checks of the kit on one answer and one discovery entry."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from cds.conformance.cards import check_response
from cds.conformance.discovery import check_document
from cds.conformance.templates import lint
from cds.conformance.violations import Violation, step
from cds.fire.firing import Exchange


def verdict(exchange: Exchange) -> tuple[Violation, ...]:
    """Return every breach of the checklist in the answer and in the discovery entry that was fired."""
    return (*_answer(exchange), *_discovery(exchange))


def exit_code(exchange: Exchange, found: tuple[Violation, ...]) -> int:
    """Return 0 for a good answer, 1 for a refusal or a breach."""
    return int(exchange.reply.status != 200 or any(breach.severity == "fail" for breach in found))


def _answer(exchange: Exchange) -> Iterator[Violation]:
    kind = exchange.reply.headers.get("content-type", "")
    if kind.partition(";")[0].strip().lower() not in {"application/json", "application/fhir+json"}:
        yield Violation(
            check="A1", pointer="", message=f"Content-Type is {kind or 'missing'}, not application/json"
        )
    if exchange.reply.status == 200:
        version = exchange.offer.version if exchange.offer else "2.0"
        yield from check_response(
            exchange.document, hook=exchange.hook, version=version, request=exchange.request
        )


def _discovery(exchange: Exchange) -> Iterator[Violation]:
    offer = exchange.offer
    if offer is None:
        return
    for breach in check_document(exchange.discovered):
        if f"{breach.pointer}/".startswith(f"{offer.pointer}/"):
            yield breach
    for key, query in offer.prefetch.items():
        place = step(step(offer.pointer, "prefetch"), key)
        for flaw in lint(query, hook=offer.hook):
            yield Violation(check=flaw.check, pointer=place, message=flaw.message)


def lines(found: tuple[Violation, ...]) -> list[str]:
    """Return a line for each breach: line of the checklist, severity, place, what is wrong."""
    return [f"{b.check} {b.severity} {b.pointer or '/'}: {b.message}" for b in found]


def render(found: tuple[Violation, ...]) -> RenderableType:
    """Return the verdict for a person."""
    if not found:
        return Text("Conformance: nothing wrong with this exchange.")
    failed = sum(breach.severity == "fail" for breach in found)
    head = f"Conformance: {failed} violations, {len(found) - failed} warnings."
    return Text("\n".join([head, *(f"  {line}" for line in lines(found))]))
