"""What checking orders costs: order-sign of five drafts for a patient with twelve drugs, the whole path.

    python bench/order_sign.py [--requests N] [--results N] [--json]

Times are processor time of the thread that answers, from WSGI to bytes: token, replay guard, prefetch,
de-identification, rules, alternatives, validation, audit and store. Each request has ids of its own and
another five of the drafts; sockets are not in it. `--results` says how many of the newest results of a list
the EHR sends; 200 is what the templates ask for at most.
"""

import argparse
import gc
import itertools
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
from contenders import Site, site
from stamp import SERIAL, stamped
from wsgi import environ

from adapters.fhir_folder import FolderEhr
from adapters.fhir_sandbox.store import patients_folder
from adapters.ports import EhrAccess
from cds.cli.logging import configure
from cds.hooks import contexts
from cds.hooks.templates import fill
from cds.services.medication_safety import service
from cds.settings import load
from cds.web import create_app
from cds.wiring import build, warm

CHART = "polypharmacy-warfarin"
PATH = "/cds-services/medication-safety"
DRAFTS = 5
AIM_MS = 25.0
_WARM = 30
_ORDERS = (
    ("ibuprofen 400 MG Oral Tablet", "1 tablet three times daily"),
    ("amoxicillin 500 MG Oral Tablet", "1 tablet three times daily for 7 days"),
    ("sulfamethoxazole 800 MG / trimethoprim 160 MG Oral Tablet", "1 tablet twice daily for 7 days"),
    ("spironolactone 25 MG Oral Tablet", "1 tablet daily"),
    ("metformin hydrochloride 500 MG Oral Tablet", "1 tablet twice daily"),
    ("citalopram 20 MG Oral Tablet", "1 tablet daily"),
    ("clarithromycin 500 MG Oral Tablet", "1 tablet twice daily for 7 days"),
    ("loratadine 10 MG Oral Tablet", "1 tablet daily"),
    ("acetaminophen 500 MG Oral Tablet", "2 tablets three times daily"),
    ("tramadol hydrochloride 50 MG Oral Tablet", "1 tablet every 6 hours as needed"),
)


def calls(results: int) -> list[bytes]:
    """Return a request for every choice of five of the drafts, each still to be stamped."""
    ehr = FolderEhr(patients_folder(), shift=True)
    try:
        patient = next(str(row["patient_id"]) for row in ehr.store.index if row["slug"] == CHART)
        prefetch = dict(_prefetch(ehr, patient, results))
    finally:
        ehr.close()
    return [_call(patient, chosen, prefetch) for chosen in itertools.combinations(_ORDERS, DRAFTS)]


def _prefetch(ehr: FolderEhr, patient: str, results: int) -> Iterator[tuple[str, Any]]:
    """Yield what the service's published templates find, as an EHR sends it."""
    context = contexts.check("patient-view", {"userId": "Practitioner/1", "patientId": patient})
    access = EhrAccess("")
    for key, need in service.needs("order-sign").items():
        query = fill(need.query, context)
        if "?" not in query:
            yield key, ehr.read(access, query, timeout=30)
            continue
        found = ehr.search(access, query, timeout=30).resources
        kept = found[:results] if query.startswith("Observation") else found
        entries = [{"resource": r} for r in kept]
        yield key, {"resourceType": "Bundle", "type": "searchset", "entry": entries}


def _call(patient: str, chosen: Sequence[tuple[str, str]], prefetch: Any) -> bytes:
    drafts = [
        {
            "resourceType": "MedicationRequest",
            "id": f"draft-{number}",
            "status": "draft",
            "intent": "order",
            "medicationCodeableConcept": {"text": what},
            "dosageInstruction": [{"text": sig}],
            "subject": {"reference": f"Patient/{patient}"},
        }
        for number, (what, sig) in enumerate(chosen)
    ]
    orders = {"resourceType": "Bundle", "entry": [{"resource": draft} for draft in drafts]}
    body = {
        "hook": "order-sign",
        "hookInstance": f"d1577c69-dfbe-44ad-ba6d-3e05{SERIAL}",
        "context": {"userId": "Practitioner/1", "patientId": patient, "draftOrders": orders},
        "prefetch": prefetch,
    }
    return orjson.dumps(body).replace(patient.encode(), f"{patient[:20]}-{SERIAL}".encode())


def measured(place: Site, kinds: Sequence[bytes], *, requests: int) -> list[float]:
    """Return the seconds of processor time of each request."""
    settings = load(place.config)
    configure(settings.log_level)
    live = build(settings).start()
    try:
        warm(live.parts)
        app = create_app(live)
        gc.collect()
        gc.freeze()  # as the server does, in this and in how often it collects
        gc.set_threshold(50_000, 20, 50)
        signer = replace(place.signer, audience=f"http://127.0.0.1:{place.port}{PATH}")
        found = []
        for number, token in enumerate(signer.tokens(requests + _WARM)):
            sent = environ(PATH, stamped(kinds[number % len(kinds)], number), token, place.port)
            heard: list[str] = []
            before = time.thread_time()
            answer = app(sent, lambda status, *_, heard=heard: heard.append(status))
            said = b"".join(answer)
            answer.close()
            found.append(time.thread_time() - before)
            if heard[0] != "200 OK":
                raise SystemExit(f"a request was answered {heard[0]}: {said[:300]!r}")
        return found[_WARM:]
    finally:
        live.close()


def report(found: Sequence[float], *, size: int) -> dict[str, Any]:
    """Return the figures in milliseconds."""
    cuts = statistics.quantiles(found, n=100)
    return {
        "requests": len(found),
        "bytes": size,
        "p50_ms": round(1000 * cuts[49], 2),
        "p95_ms": round(1000 * cuts[94], 2),
        "p99_ms": round(1000 * cuts[98], 2),
        "aim_p95_ms": AIM_MS,
    }


def main(arguments: Sequence[str]) -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="What checking five drafts beside twelve drugs costs.")
    parser.add_argument("--requests", type=int, default=400)
    parser.add_argument("--results", type=int, default=60)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a line")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="clinicards-bench-") as name:
        place = site(Path(name) / "site", validation="used")
        kinds = calls(options.results)
        told = report(measured(place, kinds, requests=options.requests), size=len(kinds[0]))
    if options.json:
        print(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode())
    else:
        print(", ".join(f"{name} {value}" for name, value in told.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
