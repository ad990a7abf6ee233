"""Filling a service's prefetch as an EHR does, and breaking it on purpose as EHRs do.

A key arrives in one of five states: as asked, null (looked, nothing there), missing, an OperationOutcome, or
only the first page of a search. Spec: https://cds-hooks.hl7.org/2.0/#prefetch-template.
"""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal, get_args
from urllib.parse import parse_qsl, quote

from adapters.ports import EhrError, EhrNotFound
from cds.errors import BadRequest
from cds.fire.chart import Chart
from cds.fire.errors import CannotFire
from cds.hooks import templates
from cds.hooks.contexts import Context

State = Literal["normal", "null", "missing", "outcome", "page"]
Breaker = Literal["null", "missing", "outcome", "page"]
Mode = Literal["full", "none", "null", "outcome", "page"]

BREAKERS: tuple[Breaker, ...] = get_args(Breaker)
MODES: tuple[Mode, ...] = get_args(Mode)

_READERS = 8
_MODE_STATE: Mapping[Mode, State] = {
    "full": "normal",
    "none": "missing",
    "null": "null",
    "outcome": "outcome",
    "page": "page",
}

Value = dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Filled:
    """What became of one prefetch key; `value` goes into the request unless the state is missing."""

    key: str
    state: State
    value: Value = field(default=None, repr=False)
    count: int = 0
    """How many resources it holds."""
    seconds: float = 0.0
    why: str = ""


def breakers(given: Mapping[str, str], keys: Mapping[str, Any]) -> dict[str, Breaker]:
    """Return the breakers by key; raise `CannotFire` for an unknown key or state."""
    found: dict[str, Breaker] = {}
    for key, state in given.items():
        if key not in keys:
            raise CannotFire(f"--breaker {key}: no such prefetch key; there are {', '.join(keys) or 'none'}")
        match = next((b for b in BREAKERS if b == state), None)
        if match is None:
            raise CannotFire(f"--breaker {key}={state}: choose one of {', '.join(BREAKERS)}")
        found[key] = match
    return found


def fill(
    wanted: Mapping[str, str],
    context: Context,
    chart: Chart,
    *,
    mode: Mode = "full",
    broken: Mapping[str, Breaker] | None = None,
) -> tuple[Filled, ...]:
    """Return every key of the service, read in parallel from the chart and broken where asked."""
    states = {key: (broken or {}).get(key, _MODE_STATE[mode]) for key in wanted}
    with ThreadPoolExecutor(_READERS, thread_name_prefix="prefetch") as pool:
        jobs = [
            pool.submit(_filled, key, template, context=context, chart=chart, state=states[key])
            for key, template in wanted.items()
        ]
        return tuple(job.result() for job in jobs)


def as_object(filled: tuple[Filled, ...]) -> dict[str, Value]:
    """Return the `prefetch` member of the request: null stays null, missing keys are left out."""
    return {item.key: item.value for item in filled if item.state != "missing"}


def rebroken(
    prefetch: Mapping[str, Any], *, mode: Mode, broken: Mapping[str, Breaker], base: str
) -> tuple[Filled, ...]:
    """Return a stored request's prefetch, broken where asked."""
    return tuple(
        _given(key, value, broken.get(key, _MODE_STATE[mode]), base) for key, value in prefetch.items()
    )


def _given(key: str, value: Any, state: State, base: str) -> Filled:
    if state in {"missing", "null", "outcome"}:
        return _made(key, state)
    if not isinstance(value, dict):
        return Filled(key, "null", why="as stored")
    return _paged(Filled(key, "normal", value, _count(value)), base) if state == "page" else _told(key, value)


def _told(key: str, value: dict[str, Any]) -> Filled:
    """Return a stored value under the state it is in itself."""
    if value.get("resourceType") == "OperationOutcome":
        return Filled(key, "outcome", value, why="as stored")
    links = value.get("link") or []
    paged = any(isinstance(link, dict) and link.get("relation") == "next" for link in links)
    return Filled(key, "page" if paged else "normal", value, _count(value))


def _filled(key: str, template: str, *, context: Context, chart: Chart, state: State) -> Filled:
    if state in {"missing", "null", "outcome"}:
        return _made(key, state)
    try:
        query = templates.fill(template, context)
    except BadRequest as error:
        # An EHR cannot fill a token it has no value for: it leaves the key out.
        return Filled(key, "missing", why=error.message)
    started = time.monotonic()
    made = _read(key, query, chart)
    made = Filled(made.key, made.state, made.value, made.count, time.monotonic() - started, made.why)
    return _paged(made, chart.base, query) if state == "page" and made.state == "normal" else made


def _made(key: str, state: State) -> Filled:
    value = _outcome() if state == "outcome" else None
    return Filled(key, state, value, why="on purpose")


def _outcome() -> dict[str, Any]:
    """Return what servers put in place of data when a search fails behind them."""
    text = "The search could not be carried out"
    return {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "error", "code": "processing", "diagnostics": text}],
    }


def _read(key: str, query: str, chart: Chart) -> Filled:
    ask: Callable[[], Filled] = partial(_searched if "?" in query else _fetched, key, query, chart)
    try:
        return ask()
    except EhrNotFound:
        return Filled(key, "null", why="not there")
    except EhrError as error:
        # The official sandbox leaves out a key whose read failed; so do we, and say why.
        return Filled(key, "missing", why=str(error))


def _fetched(key: str, query: str, chart: Chart) -> Filled:
    return Filled(key, "normal", chart.read(query), 1)


def _searched(key: str, query: str, chart: Chart) -> Filled:
    found = chart.search(query)
    if not found.complete:
        # Sent as it is, the service would take a part for the whole.
        why = f"not all pages could be read ({found.why_incomplete or 'capped'}), so it is left out"
        return Filled(key, "missing", count=len(found.resources), why=why)
    base = chart.base
    entries = [
        {
            "fullUrl": f"{base}/{resource['resourceType']}/{resource.get('id')}",
            "resource": resource,
            "search": {"mode": "match"},
        }
        for resource in found.resources
    ]
    bundle: dict[str, Any] = {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": len(entries),
        "link": [{"relation": "self", "url": f"{base}/{query}"}],
    }
    return Filled(key, "normal", bundle | ({"entry": entries} if entries else {}), len(entries))


def _paged(whole: Filled, base: str, query: str = "") -> Filled:
    """Return the first half of a search, with a next link that finds exactly the rest.

    The link asks for the rest by `_id`, so that it leads to real data on any server that is the base.
    """
    bundle = whole.value or {}
    entries = bundle.get("entry") or []
    if bundle.get("resourceType") != "Bundle" or len(entries) < 2:
        return Filled(whole.key, whole.state, bundle, whole.count, whole.seconds, "too little for two pages")
    half = len(entries) // 2
    rest = [entry.get("resource") or {} for entry in entries[half:]]
    kept = {name: value for name, value in bundle.items() if name not in {"link", "entry"}}
    own = [link for link in bundle.get("link") or [] if link.get("relation") != "next"]
    link = {"relation": "next", "url": f"{base}/{_rest_query(rest, query)}"}
    page = {**kept, "link": [*own, link], "entry": entries[:half]}
    return Filled(
        whole.key, "page", page, half, whole.seconds, f"{half} of {len(entries)}, the rest behind next"
    )


def _rest_query(rest: list[dict[str, Any]], query: str) -> str:
    ids = ",".join(quote(str(resource.get("id")), safe="") for resource in rest)
    kind = rest[0].get("resourceType")
    # Some servers want the patient in every search.
    patient = next((v for n, v in parse_qsl(query.partition("?")[2]) if n in {"patient", "subject"}), "")
    whose = f"&patient={quote(patient, safe='')}" if patient else ""
    return f"{kind}?_id={ids}{whose}&_count={len(rest)}"


def _count(value: Mapping[str, Any]) -> int:
    entries = value.get("entry")
    return len(entries) if isinstance(entries, list) else int(value.get("resourceType") != "Bundle")
