"""The service as EHRs see it: reachable, its certificate, its clock, and what it tells browsers."""

import socket
import ssl
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from cds.doctor.report import Check, fail, ok, skipped, warn
from cds.fire.discovery import PATH, Offer, offers, parsed, service_url
from cds.fire.errors import CannotFire
from cds.fire.transport import Post, Reply
from cds.hooks.profiles import TokenRules
from cds.settings import LOOPBACK

LEEWAY = float(TokenRules().leeway)
"""Seconds a client's clock may differ before its tokens are refused."""
CLOSE = 5.0
"""Seconds of difference that need no mention; the Date header has whole seconds."""
CERTIFICATE_DAYS = 14
_WANTED = ("authorization", "content-type")


@dataclass(frozen=True)
class Seen:
    """The discovery answer of a service, or why there is none."""

    base: str
    reply: Reply | None = None
    offers: tuple[Offer, ...] = ()
    why: str = ""
    at: float = 0.0
    """Our own time when the answer came."""


def look(post: Post, base: str) -> Seen:
    """Ask a service for its discovery document."""
    base = base.rstrip("/")
    return replace(ask(post, f"{base}{PATH}"), base=base)


def ask(post: Post, url: str) -> Seen:
    """Ask an address for anything."""
    try:
        reply = post.send("GET", url, headers={"Accept": "application/json"})
    except CannotFire as error:
        return Seen(url, why=error.message)
    return Seen(url, reply, offers(parsed(reply.body)), at=time.time())


def discovery(seen: Seen) -> Check:
    """Say whether discovery answers with services."""
    if seen.reply is None:
        return fail("discovery", seen.why, "start the service, open the port, or correct --url")
    where = f"GET {seen.base}{PATH}"
    if seen.reply.status == 401:
        return warn("discovery", f"{where}: 401, it wants a token", "the EHR must sign discovery too")
    if seen.reply.status != 200:
        return fail("discovery", f"{where}: {seen.reply.status}", "is --url the base of the CDS service?")
    if not seen.offers:
        return fail("discovery", f"{where}: no service", "enable one: `clinicards config publish`")
    return ok("discovery", f"{where}: {len(seen.offers)} entries in {seen.reply.seconds * 1000:.0f} ms")


def clock(seen: Seen) -> Check:
    """Compare our clock with the Date header of an answer."""
    date = seen.reply.headers.get("date") if seen.reply else None
    if not date:
        return skipped("clock", "no answer with a Date header to compare with")
    try:
        theirs = parsedate_to_datetime(date).timestamp()
    except ValueError:
        return skipped("clock", f"{seen.base} sends a Date header that is no date")
    # The header is cut to whole seconds, so half a second is the best guess of what was lost.
    apart = abs(seen.at - theirs - 0.5)
    told = f"{apart:.0f} s from that of {seen.base}; tokens are given {LEEWAY:.0f} s of leeway"
    if apart > LEEWAY:
        return fail("clock", told, "set this machine's clock by NTP: `timedatectl set-ntp true`")
    if apart > CLOSE:
        return warn("clock", told, "set both clocks by NTP before they drift further")
    return ok("clock", told)


def tls(base: str, *, context: ssl.SSLContext | None = None) -> Check:
    """Say whether EHRs can trust the certificate, and for how long."""
    parts = urlsplit(base)
    host = parts.hostname or ""
    if parts.scheme != "https":
        if host in LOOPBACK:
            return warn(
                "tls", f"{base} is plain http on this machine", "EHRs call https: put a TLS proxy in front"
            )
        return fail("tls", f"{base} is plain http", "CDS Hooks runs over TLS only: put a TLS proxy in front")
    try:
        certificate = _certificate(host, parts.port or 443, context or ssl.create_default_context())
    except ssl.SSLCertVerificationError as error:
        return fail(
            "tls",
            f"the certificate is not trusted: {error.verify_message}",
            "install one of a public CA, with its chain",
        )
    except (OSError, ValueError) as error:
        return fail("tls", f"no TLS connection: {type(error).__name__}", "is this the port of the TLS proxy?")
    return lasting(certificate, now=time.time())


def _certificate(host: str, port: int, context: ssl.SSLContext) -> dict[str, Any]:
    with (
        socket.create_connection((host, port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=host) as secure,
    ):
        return dict(secure.getpeercert() or {})


def lasting(certificate: dict[str, Any], *, now: float) -> Check:
    """Say how long a certificate lasts."""
    until = str(certificate.get("notAfter", ""))
    days = int((ssl.cert_time_to_seconds(until) - now) / 86_400) if until else -1
    if days < CERTIFICATE_DAYS:
        return warn("tls", f"the certificate ends in {days} days", "renew it")
    return ok("tls", f"trusted, {days} days left")


def cors(post: Post, seen: Seen, origins: Sequence[str]) -> Iterator[Check]:
    """Check for each browser origin what a browser would, and name the header that is missing."""
    if seen.reply is None:
        yield skipped("cors", "the service does not answer")
    elif not origins:
        yield skipped("cors", "no client registers a browser origin; --origin URL checks one")
    else:
        yield from (_origin(post, seen, origin) for origin in origins)


def _origin(post: Post, seen: Seen, origin: str) -> Check:
    faults = [fault for fault in _faults(post, seen, origin) if fault]
    name = f"cors {origin}"
    if not faults:
        return ok(name, "preflights and answers, errors too, carry what a browser wants")
    fix = (
        f"register it: --cors-origin {origin} on the client; then see that no proxy answers OPTIONS itself "
        "or takes Access-Control-* headers out"
    )
    return fail(name, "; ".join(faults), fix)


def _faults(post: Post, seen: Seen, origin: str) -> Iterator[str]:
    """Yield what is missing: preflights of discovery, call and feedback, and their answers, errors too."""
    service = seen.offers[0].id if seen.offers else "none"
    call = service_url(seen.base, service)
    for method, url in (("GET", f"{seen.base}{PATH}"), ("POST", call), ("POST", f"{call}/feedback")):
        path = url.removeprefix(seen.base)
        yield from _preflight(post, url, path, method=method, origin=origin)
        headers = {"Origin": origin, "Content-Type": "application/json"}
        # Half an object is enough to get an error, and browsers must be able to read that too.
        yield _answered(post, method, url, path, headers=headers, origin=origin)


def _preflight(post: Post, url: str, path: str, *, method: str, origin: str) -> Iterator[str]:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": ",".join(_WANTED),
    }
    try:
        reply = post.send("OPTIONS", url, headers=headers)
    except CannotFire as error:
        yield f"OPTIONS {path}: {error.message}"
        return
    if not 200 <= reply.status < 300:
        yield f"OPTIONS {path} answers {reply.status}; a preflight carries no token and needs a 2xx"
        return
    yield _allowed(reply, f"OPTIONS {path}", origin)
    if method not in _listed(reply, "access-control-allow-methods"):
        yield f"OPTIONS {path}: Access-Control-Allow-Methods lacks {method}"
    lacking = [h for h in _WANTED if h.upper() not in _listed(reply, "access-control-allow-headers")]
    if lacking:
        yield f"OPTIONS {path}: Access-Control-Allow-Headers lacks {', '.join(lacking)}"


def _answered(post: Post, method: str, url: str, path: str, *, headers: dict[str, str], origin: str) -> str:
    try:
        reply = post.send(method, url, headers=headers, body=b"" if method == "GET" else b"{")
    except CannotFire as error:
        return f"{method} {path}: {error.message}"
    return _allowed(reply, f"{method} {path} ({reply.status})", origin)


def _allowed(reply: Reply, what: str, origin: str) -> str:
    allowed = reply.headers.get("access-control-allow-origin")
    if allowed in {origin, "*"}:
        return ""
    return f"{what}: Access-Control-Allow-Origin is {allowed or 'missing'}"


def _listed(reply: Reply, header: str) -> set[str]:
    return {name.strip().upper() for name in reply.headers.get(header, "").split(",")}
