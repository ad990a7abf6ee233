"""G9: a browser on an allowed origin can use discovery, call and feedback, and read their errors."""

import uuid
from collections.abc import Iterator
from typing import Final

from cds.conformance.exchange import AS_CLIENT, DISCOVERY, Answer, service_path
from cds.conformance.subject import Reply, Subject

# The origin of the public CDS Hooks Sandbox, the browser client that most services allow.
_SANDBOX: Final = "https://sandbox.cds-hooks.org"
_WANTED: Final = frozenset({"authorization", "content-type"})


def check_cors(subject: Subject, reply: Reply | None) -> None:
    """Judge G9 by preflights and by plain answers, good and bad."""
    origin = subject.options.origin or _SANDBOX
    answers = [*_preflights(subject, reply, origin), *_plain(subject, reply, origin)]
    allowed = [answer for answer, _ in answers if _allows(answer, origin)]
    if not allowed and subject.options.origin is None:
        reason = f"no answer allows {origin}: name an allowed origin in the options to judge this line"
        subject.ledger.warned("G9", reason, answers[0][0].evidence())
        return
    for answer, fault in answers:
        lacking = "" if _allows(answer, origin) else f"no Access-Control-Allow-Origin for {origin}"
        flaw = fault or lacking
        evidence = answer.evidence(excerpt=answer.headers.get("access-control-allow-origin", ""))
        subject.ledger.expect("G9", flaw, evidence, holds=not flaw)


def _preflights(subject: Subject, reply: Reply | None, origin: str) -> Iterator[tuple[Answer, str]]:
    targets = [("GET", DISCOVERY)]
    if reply is not None:
        path = service_path(reply.offer.id)
        targets += [("POST", path), ("POST", f"{path}/feedback")]
    for method, path in targets:
        headers = {
            "Origin": origin,
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": "authorization,content-type",
        }
        answer = subject.exchange.send("OPTIONS", path, headers=headers, token=None)
        yield answer, _preflight_fault(answer, method)


def _preflight_fault(answer: Answer, method: str) -> str:
    if not 200 <= answer.status < 300:
        return f"the preflight was answered {answer.status}"
    if method not in _names(answer, "access-control-allow-methods", upper=True):
        return f"Access-Control-Allow-Methods lacks {method}"
    lacking = _WANTED - _names(answer, "access-control-allow-headers")
    return f"Access-Control-Allow-Headers lacks {', '.join(sorted(lacking))}" if lacking else ""


def _plain(subject: Subject, reply: Reply | None, origin: str) -> Iterator[tuple[Answer, str]]:
    exchange, headers = subject.exchange, {"Origin": origin}
    yield exchange.send("GET", DISCOVERY, headers=headers), ""
    if reply is None:
        return
    path = service_path(reply.offer.id)
    request = {**reply.request, "hookInstance": str(uuid.uuid4())}
    yield exchange.send("POST", path, body=request, headers=headers), ""
    yield exchange.send("POST", path, content=b"{", headers=headers), ""
    yield exchange.send("POST", service_path("no-such-service"), body=request, headers=headers), ""
    forged = AS_CLIENT if exchange.credentials is None else "not.a.token"
    yield exchange.send("POST", path, body=request, headers=headers, token=forged), ""


def _allows(answer: Answer, origin: str) -> bool:
    return answer.headers.get("access-control-allow-origin") in {origin, "*"}


def _names(answer: Answer, header: str, *, upper: bool = False) -> set[str]:
    listed = answer.headers.get(header, "")
    return {(name.upper() if upper else name.lower()).strip() for name in listed.split(",")}
