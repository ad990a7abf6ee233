"""Section G: who is let in, and how the others are turned away."""

import re
import time
from collections.abc import Iterator
from typing import Any, Final

from cds.conformance.cors import check_cors
from cds.conformance.ehr import Ehr
from cds.conformance.exchange import Answer, service_path
from cds.conformance.subject import Reply, Subject
from cds.conformance.tokens import (
    Credentials,
    claims,
    confused,
    header,
    public_secrets,
    sign,
    tampered,
    unsigned,
)

_TELLING: Final = re.compile(
    rb"expir|signature|audience|issuer|jti|\bkid\b|replay|\balg|tenant|claim|decod|nonce", re.IGNORECASE
)
_NEEDS: Final = "needs --issuer and --key"
_ELSEWHERE: Final = "https://elsewhere.invalid"

Case = tuple[str, str, str]


def check_security(subject: Subject) -> None:
    """Judge section G on the first service that answered a good call."""
    ledger, who = subject.ledger, subject.exchange.credentials
    ledger.not_run("G10", "an audit log is not seen from outside")
    working = subject.by_service()
    check_cors(subject, working[0] if working else None)
    if not working:
        return
    if who is None:
        _check_open(subject, working[0])
        return
    refusals = [_refusal(subject, working[0], case) for case in _bad_tokens(subject, who, working[0])]
    refusals += [_without_token(subject, working[0]), _replayed(subject, working[0])]
    _check_foreign_keys(subject, who, working[0])
    _check_accepted(subject, working[0])
    _check_bare(subject, refusals)


def _check_open(subject: Subject, reply: Reply) -> None:
    for line in ("G2", "G3", "G4", "G5", "G6", "G7", "G8", "FS401"):
        subject.ledger.not_run(line, _NEEDS)
    subject.ledger.violated("G1", "calls without a token are answered", reply.answer.evidence(excerpt=""))
    forged = subject.exchange.call(reply.offer.id, dict(reply.request), token="not.a.token")  # noqa: S106
    reason = f"a token that is no token was answered {forged.status}"
    subject.ledger.expect("G1", reason, forged.evidence(), holds=forged.status == 401)


def _bad_tokens(subject: Subject, who: Credentials, reply: Reply) -> Iterator[Case]:
    """Yield each bad token: the line it tests, what is wrong in words, the token."""
    audience = subject.exchange.url(service_path(reply.offer.id))

    def good() -> dict[str, Any]:
        return claims(who, audience)

    now = int(time.time())
    without_kid = {name: value for name, value in header(who).items() if name != "kid"}
    yield "G1", "text that is no token", "not.a.token"
    yield "G2", "a token without kid", sign(who, good(), head=without_kid)
    yield "G2", "a token with an unknown kid", sign(who, good(), head=header(who) | {"kid": "no-such-key"})
    yield "G3", "alg none", unsigned(who, good())
    for secret in public_secrets(who):
        yield "G3", "HS256 signed with the public key", confused(who, good(), secret=secret)
    yield "G3", "a token changed after signing", tampered(sign(who, good()))
    yield "G4", "an expired token", sign(who, good() | {"iat": now - 900, "exp": now - 600})
    yield "G4", "a token for another host", sign(who, claims(who, f"{_ELSEWHERE}/cds-services/x"))
    yield "G4", "a token not valid before an hour from now", sign(who, good() | {"nbf": now + 3600})
    yield "G4", "a token issued an hour from now", sign(who, good() | {"iat": now + 3600, "exp": now + 3900})
    for name in ("aud", "exp", "iat", "jti", "iss"):
        payload = {key: value for key, value in good().items() if key != name}
        yield "G4", f"a token without {name}", sign(who, payload)
    yield "G5", "an unknown issuer", sign(who, good() | {"iss": f"{_ELSEWHERE}/issuer"})


def _refusal(subject: Subject, reply: Reply, case: Case) -> Answer:
    line, words, token = case
    answer = subject.exchange.call(reply.offer.id, dict(reply.request), token=token)
    reason = f"{words} was answered {answer.status}, not 401"
    subject.ledger.expect(line, reason, answer.evidence(excerpt=_bare(answer)), holds=answer.status == 401)
    return answer


def _without_token(subject: Subject, reply: Reply) -> Answer:
    answer = _refusal(subject, reply, ("G1", "a call without a token", ""))
    discovery = subject.exchange.discover(token="not.a.token")  # noqa: S106
    reason = f"discovery with a forged token was answered {discovery.status}"
    subject.ledger.expect("G1", reason, discovery.evidence(excerpt=""), holds=discovery.status == 401)
    openly = subject.exchange.discover(token=None)
    words = "demands a token" if openly.status == 401 else "is open"
    subject.ledger.ok("B8", f"discovery {words}")
    return answer


def _replayed(subject: Subject, reply: Reply) -> Answer:
    token = subject.exchange.token(service_path(reply.offer.id))
    first = subject.exchange.call(reply.offer.id, dict(reply.request), token=token)
    if first.status != 200:
        subject.ledger.not_run("G6", f"the first use of a good token was answered {first.status}")
        return first
    return _refusal(subject, reply, ("G6", "a replayed jti", token))


def _check_foreign_keys(subject: Subject, who: Credentials, reply: Reply) -> None:
    """Offer keys at an address nobody registered, and watch whether they are fetched."""
    payload = claims(who, subject.exchange.url(service_path(reply.offer.id)))
    if not subject.exchange.loopback:
        head = header(who) | {"jku": f"{_ELSEWHERE}/keys.json"}
        _refusal(subject, reply, ("G5", "an unregistered jku", sign(who, payload, head=head)))
        return
    with Ehr() as canary:
        token = sign(who, payload, head=header(who) | {"jku": f"{canary.origin}/keys.json"})
        answer = _refusal(subject, reply, ("G5", "an unregistered jku", token))
        if canary.seen():
            subject.ledger.failed("G5", "the jku of a token was fetched unasked", answer.evidence())


def _check_accepted(subject: Subject, reply: Reply) -> None:
    exchange, path = subject.exchange, service_path(reply.offer.id)
    now = int(time.time())
    url = exchange.url(path)
    good = {
        "aud as an array": exchange.token(path, aud=[url, _ELSEWHERE]),
        "nbf five minutes before iat, and sub": exchange.token(path, nbf=now - 300, sub="conformance"),
    }
    for words, token in good.items():
        answer = exchange.call(reply.offer.id, dict(reply.request), token=token)
        reason = f"{words} was answered {answer.status}"
        subject.ledger.expect("G4", reason, answer.evidence(), holds=answer.status == 200)
    wide = exchange.call(reply.offer.id, dict(reply.request), token=exchange.token("/cds-services"))
    if wide.status == 200:
        reason = "a call accepts a token whose aud is discovery"
        subject.ledger.warned("G4", reason, wide.evidence(excerpt=""))
    algorithm = exchange.credentials.algorithm if exchange.credentials else ""
    subject.ledger.ok("G3", f"accepts {algorithm}; other algorithms need other keys")
    _check_leeway(subject, reply)


def _check_leeway(subject: Subject, reply: Reply) -> None:
    """Call with an iat rounded up, as browsers do: at most half a second ahead."""
    into = time.time() % 1
    if not 0.55 <= into <= 0.75:
        time.sleep((0.55 - into) % 1)
    issued = int(time.time()) + 1
    token = subject.exchange.token(service_path(reply.offer.id), iat=issued, exp=issued + 300)
    answer = subject.exchange.call(reply.offer.id, dict(reply.request), token=token)
    reason = f"an iat less than half a second ahead was answered {answer.status}"
    subject.ledger.expect("G8", reason, answer.evidence(), holds=answer.status == 200)


def _check_bare(subject: Subject, refusals: list[Answer]) -> None:
    refused = [answer for answer in refusals if answer.refused]
    for line in ("G7", "FS401"):
        if not refused:
            subject.ledger.not_run(line, "nothing was refused")
        for answer in refused:
            _check_silent(subject, line, answer, first=refused[0])


def _check_silent(subject: Subject, line: str, answer: Answer, *, first: Answer) -> None:
    said = answer.body + answer.headers.get("www-authenticate", "").encode()
    telling = _TELLING.search(said)
    reason = (
        f"refused with {answer.status}, not 401"
        if answer.status != 401
        else "a 401 says why"
        if telling
        else "401 bodies differ by reason"
    )
    same = answer.body == first.body and answer.status == 401
    subject.ledger.expect(line, reason, answer.evidence(), holds=same and not telling)


def _bare(answer: Answer) -> str | None:
    return "" if answer.status == 200 else None
