"""Public keys of issuers, fetched from registered addresses and kept for a few minutes.

Keys live 5 to 10 minutes, as the issuer says, and up to a day while it cannot be reached. An unknown key
id makes us ask again, but rarely: whoever sends invented ids must not make us flood an issuer.
"""

import re
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx2
import orjson

from adapters.network import Answer, Network, Policy, parse, request_to
from adapters.ports import AddressRefused, Clock, EhrError, KeySetUnavailable

Jwk = Mapping[str, Any]

_CONNECT_SECONDS = 2.0
_TOTAL_SECONDS = 3.0
_MAX_BYTES = 256 * 1024
_SHORTEST_LIFE, _LONGEST_LIFE = 300.0, 600.0
_STALE_LIFE = 24 * 3600.0
_MISS_COOLDOWN = 30.0
"""Seconds between two fetches for unknown key ids."""
_MISS_LIFE = 300.0
"""Seconds for which a key id stays known as unknown."""
_MISSES_KEPT = 256
_FAILURE_COOLDOWN = 10.0
"""Seconds in which a failed fetch is not tried again."""
_MAX_KEYS = 64
_PUBLIC = {"RSA": ("n", "e"), "EC": ("crv", "x", "y"), "OKP": ("crv", "x")}
_SECRET = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,9})", re.IGNORECASE)


class _UnsafeSet(Exception):
    """The set publishes what nobody may publish; not even its older keys are good any more."""


@dataclass(frozen=True, slots=True)
class _Keys:
    """A fetched set and when it stops to be fresh, and to be good at all."""

    keys: tuple[Jwk, ...] = ()
    fresh_until: float = float("-inf")
    good_until: float = float("-inf")

    def has(self, kid: str) -> bool:
        return not kid or any(key.get("kid") == kid for key in self.keys)


@dataclass(slots=True)
class _Slot:
    """What is known of one URL. `fetching` is held while its keys are fetched, and only then."""

    url: httpx2.URL
    known: _Keys = _Keys()
    asked: float = float("-inf")
    failed: float = float("-inf")
    failure: str = ""
    misses: OrderedDict[str, float] = field(default_factory=OrderedDict)
    fetching: threading.Lock = field(default_factory=threading.Lock)


class JwksStore:
    """The `KeySets` of registered URLs; threads share it, and one of them fetches while others go on."""

    def __init__(self, policy: Policy | Network, *, clock: Clock | None = None) -> None:
        """Take the registered key URLs as bases, so that no other address is ever asked."""
        self._network = (
            policy if isinstance(policy, Network) else Network(policy, clock=clock, max_connections=2)
        )
        self._lock = threading.Lock()
        self._slots: dict[str, _Slot] = {}

    def keys(self, url: str, *, kid: str) -> Sequence[Jwk]:
        """Return the JWKs published at a registered URL, refreshed once where `kid` is not among them."""
        slot = self._slot(url)
        if self._current(slot, kid):
            return slot.known.keys
        # While another thread fetches, keys that are still good serve those who need no other.
        waits = not (slot.known.has(kid) and self._good(slot))
        if not slot.fetching.acquire(timeout=_TOTAL_SECONDS if waits else 0):
            return self._kept(slot)
        try:
            # What another thread fetched in the meantime may do.
            if not self._current(slot, kid):
                self._refresh(slot, kid)
        finally:
            slot.fetching.release()
        return self._kept(slot)

    def _slot(self, url: str) -> _Slot:
        with self._lock:
            if url not in self._slots:
                self._slots[url] = _Slot(_registered(url, self._network))
            return self._slots[url]

    def _current(self, slot: _Slot, kid: str) -> bool:
        """Tell whether there is nothing to gain from a fetch now."""
        now = self._network.clock.monotonic()
        if now < slot.failed + _FAILURE_COOLDOWN and self._good(slot):
            return True
        if now >= slot.known.fresh_until:
            return False
        if slot.known.has(kid):
            return True
        return now < slot.asked + _MISS_COOLDOWN or now < slot.misses.get(kid, now)

    def _good(self, slot: _Slot) -> bool:
        return self._network.clock.monotonic() < slot.known.good_until

    def _kept(self, slot: _Slot) -> Sequence[Jwk]:
        if self._good(slot):
            return slot.known.keys
        reason = slot.failure or "they are being fetched and take too long"
        raise KeySetUnavailable(f"the keys at {slot.url.host} are not to be had: {reason}")

    def _refresh(self, slot: _Slot, kid: str) -> None:
        now = self._network.clock.monotonic()
        if now < slot.failed + _FAILURE_COOLDOWN:
            return
        slot.asked = now
        try:
            slot.known = self._fetched(slot.url)
        except _UnsafeSet as error:
            slot.known, slot.failed, slot.failure = _Keys(), now, str(error)
        except (EhrError, KeySetUnavailable) as error:
            slot.failed, slot.failure = now, str(error)
        else:
            slot.failed, slot.failure = float("-inf"), ""
            _remember_miss(slot, kid, now)

    def _fetched(self, url: httpx2.URL) -> _Keys:
        now = self._network.clock.monotonic()
        request = request_to(url, accept="application/jwk-set+json, application/json")
        answer = self._network.ask(
            request,
            what="the key set",
            until=now + _TOTAL_SECONDS,
            max_bytes=_MAX_BYTES,
            connect_seconds=_CONNECT_SECONDS,
        )
        if answer.status != 200:
            raise KeySetUnavailable(
                f"the address answered {answer.status}; register the one that holds the key set"
            )
        return _Keys(_public_keys(answer.body), now + _life(answer), now + _STALE_LIFE)

    def close(self) -> None:
        """Close all connections."""
        self._network.close()


def _registered(url: str, network: Network) -> httpx2.URL:
    try:
        parsed = parse(url)
        network.policy.base_of(parsed)
    except AddressRefused as error:
        raise KeySetUnavailable(f"the address of a key set is refused: {error}") from None
    return parsed


def _public_keys(body: bytes) -> tuple[Jwk, ...]:
    """Read a key set, keeping the public keys of a kind we know."""
    document = _json(body)
    keys = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys):
        raise KeySetUnavailable("the answer is not a JSON key set; register the address that holds one")
    if len(keys) > _MAX_KEYS:
        raise KeySetUnavailable(f"the set holds more than {_MAX_KEYS} keys; publish those in use only")
    if any(key.get("kty") == "oct" or not _SECRET.isdisjoint(key) for key in keys):
        raise _UnsafeSet(
            "the set publishes a symmetric or private key; replace that key and publish public ones"
        )
    usable = tuple(key for key in keys if _usable(key))
    if not usable:
        raise KeySetUnavailable("the set holds no public RSA, EC or OKP key for signatures")
    return usable


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def _usable(key: Jwk) -> bool:
    parts = _PUBLIC.get(str(key.get("kty")), ())
    return (
        bool(parts)
        and all(isinstance(key.get(part), str) for part in parts)
        and key.get("use", "sig") == "sig"
    )


def _life(answer: Answer) -> float:
    """Give the seconds for which the issuer lets its keys be kept, within our bounds."""
    told = _MAX_AGE.search(answer.headers.get("cache-control", ""))
    return min(max(float(told[1]), _SHORTEST_LIFE), _LONGEST_LIFE) if told else _SHORTEST_LIFE


def _remember_miss(slot: _Slot, kid: str, now: float) -> None:
    if slot.known.has(kid):
        return
    slot.misses[kid] = now + _MISS_LIFE
    slot.misses.move_to_end(kid)
    while len(slot.misses) > _MISSES_KEPT:
        slot.misses.popitem(last=False)
