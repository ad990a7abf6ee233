"""Who may use the admin API and `/v2`: bearer tokens with a role, from this host unless settings say more."""

import ipaddress
from collections.abc import Callable
from functools import wraps
from typing import Any

import structlog
from flask import request
from flask.typing import ResponseReturnValue

from adapters.ports import TokenRow
from cds.errors import Forbidden, Unauthorized
from cds.parts import Parts
from cds.settings import Settings
from cds.trust.admin_tokens import Proofs, Role, check, is_remembered, require
from cds.trust.attempts import Attempts

FORWARDED = ("X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Forwarded")

_log = structlog.get_logger("cds.web.access")


class Access:
    """Checks callers against the store's tokens; one for each application, its memory shared by threads."""

    def __init__(self, parts: Callable[[], Parts], *, attempts: Attempts | None = None) -> None:
        self._parts = parts
        self._attempts = attempts or Attempts()
        self._proofs = Proofs()

    def guarded(
        self, role: Role, view: Callable[..., ResponseReturnValue], *, near: bool = True
    ) -> Callable[..., ResponseReturnValue]:
        """Return the view behind the door; it gets the caller's token as its first argument."""

        @wraps(view)
        def entered(**arguments: Any) -> ResponseReturnValue:
            return view(self.caller(role, near=near), **arguments)

        return entered

    def caller(self, role: Role, *, near: bool = True) -> TokenRow:
        """Return the token of the caller of this request.

        `near`: only from loopback unless `admin_remote` is set. Raises `Forbidden`, `TooMany` or
        `Unauthorized`.
        """
        if near:
            check_peer(self._parts().settings)
        try:
            row = self._known(_bearer())
        except Unauthorized as refusal:
            self._parts().strangers.refused()
            _log.warning("token_refused", reason=refusal.audit)
            raise
        require(row, role)
        return row

    def _known(self, text: str) -> TokenRow:
        """Return the row of a good token; wrong ones are counted, and too many are not even looked at."""
        parts, address = self._parts(), request.remote_addr or ""
        store, tenant, now = parts.store, parts.settings.tenant, parts.clock.now()
        if not is_remembered(text, store, tenant=tenant, now=now, proofs=self._proofs):
            self._attempts.check(address, now=parts.clock.monotonic())
        try:
            return check(text, store, tenant=tenant, now=now, proofs=self._proofs)
        except Unauthorized:
            self._attempts.failed(address, now=parts.clock.monotonic())
            raise


def check_peer(settings: Settings) -> None:
    """Raise `Forbidden` where this request does not come from this host and must."""
    if not settings.admin_remote and not is_local(settings):
        raise Forbidden(
            "the admin API answers this host only; `admin_remote = true` in the settings opens it"
        )


def is_local(settings: Settings) -> bool:
    """Tell whether the peer is this host; a proxy that is not trusted hides who is behind it."""
    if not settings.trusted_proxies and any(name in request.headers for name in FORWARDED):
        return False
    try:
        peer = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return False
    mapped = getattr(peer, "ipv4_mapped", None)
    return bool((mapped or peer).is_loopback)


def _bearer() -> str:
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not text:
        raise Unauthorized("no bearer token")
    return text.strip()
