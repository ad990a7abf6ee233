"""Recorded calls made from the synthetic patients: prefetch as a client fills it, and parts to answer with.

`CLINICARDS_WRITE_FIXTURES=1 pytest tests/test_path.py` writes the requests of the cases (`fixture_cases`) and
the cards they get; read what changed before it is kept.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl
from uuid import NAMESPACE_URL, uuid5

from adapters.fhir_folder import FolderEhr
from adapters.keys_file import FileKeys
from adapters.ports import EhrAccess
from adapters.store_sql import SqlStore
from cds import plugins
from cds.config.compiled import snapshot
from cds.config.document import load
from cds.hooks import templates
from cds.hooks.call import BodyLimits, parse
from cds.hooks.prefetch import Need
from cds.parts import Parts
from cds.privacy.audit import AuditChain, new_writer
from cds.privacy.recorder import Recorder
from cds.privacy.spool import Spool
from cds.services.base import Service
from cds.settings import Settings
from cds.trust.pace import Pace, Strangers
from cds.trust.tokens import Gate

FIXTURES = Path(__file__).parent.parent / "fixtures" / "fhir"
CALLS = FIXTURES / "calls"
PATIENTS = FIXTURES / "patients"
NOW = datetime(2026, 11, 1, 8, tzinfo=UTC)
NEWEST = 60
"""How many entries of a search a recorded client sends at most, the newest first where the search sorts."""
OF_EACH = 2
"""How many results of one measurement a recorded call keeps: a shorter chart, to keep the files readable."""

Json = dict[str, Any]


@dataclass(frozen=True)
class FixedClock:
    """A clock that stands still, so that a fixture's answer depends on nothing else."""

    moment: datetime = NOW

    def now(self) -> float:
        return self.moment.timestamp()

    def monotonic(self) -> float:
        return 0.0


def _as_it_is(request: Json) -> None:
    """Leave the request as the patient gives it."""


def _nothing(_whole: Json, _patient: str) -> Json:
    """Return no more members of the context than every hook has."""
    return {}


@dataclass(frozen=True)
class FixtureCase:
    """One recorded call: which service and hook, whose record, and what is changed in it."""

    service: str
    name: str
    slug: str
    hook: str = "patient-view"
    edit: Callable[[Json], None] = field(default=_as_it_is)
    carries: Callable[[Json, str], Json] = field(default=_nothing)
    """What the hook's context carries, of the patient's bundle and id."""


@lru_cache(maxsize=1)
def roster() -> Mapping[str, Json]:
    """Return the index of patients by slug."""
    rows = json.loads((PATIENTS / "index.json").read_text(encoding="utf-8"))["patients"]
    return {row["slug"]: row for row in rows}


def bundle(slug: str) -> Json:
    """Return a patient's bundle."""
    return json.loads((PATIENTS / f"{slug}.json").read_text(encoding="utf-8"))


def request_of(case: FixtureCase, needs: Mapping[str, Need]) -> Json:
    """Return the request of a case with its prefetch filled from the patient's bundle."""
    whole = bundle(case.slug)
    patient = roster()[case.slug]["patient_id"]
    context = {"userId": "Practitioner/example", "patientId": patient, **case.carries(whole, patient)}
    if encounter := _current_encounter(whole):
        context["encounterId"] = encounter
    request: Json = {
        "hook": case.hook,
        "hookInstance": str(uuid5(NAMESPACE_URL, f"{case.service}/{case.name}")),
        "context": context,
        "prefetch": {},
    }
    call = parse(json.dumps(request).encode(), limits=BodyLimits(4_000_000, 48, 5_000))
    ehr = FolderEhr([whole], clock=FixedClock())
    for key, need in needs.items():
        request["prefetch"][key] = _answered(ehr, _recent(templates.fill(need.query, call.context), need))
    ehr.close()
    case.edit(request)
    return request


def _current_encounter(whole: Json) -> str:
    resources = (entry["resource"] for entry in whole["entry"])
    running = [r for r in resources if r["resourceType"] == "Encounter" and r["status"] == "in-progress"]
    return str(running[-1]["id"]) if running else ""


def _recent(query: str, need: Need) -> str:
    """Return the query as a client narrows it: to nothing older than the service reads."""
    if need.since is None:
        return query
    name, days = need.since
    return f"{query}&{name}=ge{(NOW - timedelta(days=days)).date().isoformat()}"


def _answered(ehr: FolderEhr, query: str) -> Json:
    access = EhrAccess("https://folder.invalid", "", max_pages=10, max_bytes=20_000_000)
    if "?" not in query:
        return ehr.read(access, query, timeout=30)
    wanted = int(dict(parse_qsl(query.partition("?")[2]))["_count"])
    found = _thinned(ehr.search(access, query, timeout=30).resources)[: min(NEWEST, wanted)]
    entries = [{"resource": resource} for resource in found]
    return {"resourceType": "Bundle", "type": "searchset", **({"entry": entries} if entries else {})}


def _thinned(found: Iterable[Json]) -> list[Json]:
    """Return the first final results of each measurement; whatever else is there stays."""
    seen: Counter[str] = Counter()
    kept = []
    for resource in found:
        final = resource["resourceType"] == "Observation" and resource.get("status") == "final"
        code = json.dumps(resource.get("code")) if final else ""
        seen[code] += 1
        if not code or seen[code] <= OF_EACH:
            kept.append(resource)
    return kept


def compact(request: Json) -> str:
    """Return the request as text with one resource a line, so that a change shows as one."""
    head = {key: value for key, value in request.items() if key != "prefetch"}
    lines = [_dense(head)[:-1] + ',"prefetch":{']
    keys = [f"{json.dumps(key)}:{_value(value)}" for key, value in request["prefetch"].items()]
    return "\n".join([*lines, ",\n".join(keys), "}}", ""])


def _value(value: Json | None) -> str:
    if not value or not value.get("entry"):
        return _dense(value)
    head = _dense({k: v for k, v in value.items() if k != "entry"})[:-1]
    entries = ",\n".join(_dense(entry) for entry in value["entry"])
    return f'{head},"entry":[\n{entries}]}}'


def _dense(value: Json | None) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def normalised(body: Json) -> Json:
    """Return an answer with the uuids of cards and suggestions numbered in their order."""
    copy: Json = json.loads(json.dumps(body))
    for number, card in enumerate(copy["cards"]):
        card["uuid"] = f"card-{number}"
        for place, suggestion in enumerate(card.get("suggestions", ())):
            suggestion["uuid"] = f"card-{number}-suggestion-{place}"
    return copy


class NoKeys:
    """No issuer has keys: recorded calls come without a token, in demo mode."""

    def __call__(self, client: Any, header: Any) -> Any:
        raise AssertionError("a recorded call asked for keys")


def parts_in(folder: Path, services: Mapping[str, Service]) -> Parts:
    """Return the parts of a process in a folder of its own, with a clock that stands still."""
    clock = FixedClock()
    keys = FileKeys.create(folder / "keys.json", clock=clock)
    store = SqlStore(f"sqlite:///{folder / 'store.sqlite'}", clock=clock)
    settings = Settings(mode="demo", base_url="https://cards.example", data=folder)
    chain = AuditChain(new_writer(), keys.derive("audit", settings.tenant))
    spool = Spool(folder / "spool", keys, settings.tenant)
    return Parts(
        settings=settings,
        snapshot=snapshot(load({}), revision=1),
        services=services,
        models=plugins.models(),
        gate=Gate(keys=NoKeys(), replay=store, clock=clock),
        recorder=Recorder(settings.tenant, store, spool, chain, clock=clock),
        store=store,
        keys=keys,
        ehr=FolderEhr([], clock=clock),
        backend_token=lambda _client, _base, _left: "",
        pool=ThreadPoolExecutor(2),
        clock=clock,
        pace=Pace(clock.monotonic),
        strangers=Strangers(lambda _count, _since, _until: None, clock.now),
    )


@contextmanager
def closed(parts: Parts) -> Iterator[Parts]:
    """Lend parts and let go of what they hold afterwards."""
    try:
        yield parts
    finally:
        parts.pool.shutdown()
        for held in (parts.recorder, parts.store, parts.ehr):
            held.close()
