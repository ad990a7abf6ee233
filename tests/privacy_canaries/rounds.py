"""What is let loose on a stage, round by round; each round adds its canaries to those that are looked for."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from adapters.ports import StoreUnavailable
from privacy_canaries import failing, people
from privacy_canaries.minting import Mint, Voice
from privacy_canaries.outputs import answered, files
from privacy_canaries.places import Json, Planter, reachable, types
from privacy_canaries.sending import Sender
from privacy_canaries.stage import Stage

VOICES: tuple[Voice, ...] = ("unique", "bare", "own")


def sender(stage: Stage, mint: Mint, *, patient: str = "", strict: bool = True) -> Sender:
    """Return what makes requests about a new patient, or about this one."""
    return Sender(Planter(mint, patient or mint.identifier("Patient.id"), strict), stage.server)


def every_place(stage: Stage, voice: Voice = "unique") -> Counter[Any]:
    """Fire every service on each of its hooks with every place of every type; return statuses by hook.

    A voice that has few words is heard in every type; that it is in every place adds nothing.
    """
    mint, statuses = Mint(VOICES.index(voice), voice), Counter[Any]()
    send = sender(stage, mint)
    whole = [send.planter.resource(kind) for kind in types()]
    rest = [*send.planter.rest(), *refused(send)] if voice == "unique" else []
    assert voice != "unique" or reachable() <= send.planter.planted
    others = [r for r in rest if r["resourceType"] != "Patient"]
    needs = stage.services[failing.SERVICE].inner.needs("patient-view")
    for patient in (r for r in rest if r["resourceType"] == "Patient"):
        body = send.request("patient-view", needs, [{**patient, "id": send.planter.patient}])
        statuses["patients", stage.send(failing.SERVICE, orjson.dumps(body)).status_code] += 1
    for name, service in stage.services.items():
        for hook in service.inner.hooks:
            for resources in (whole, [send.planter.resource("Patient"), *others])[: 2 if rest else 1]:
                body = send.request(hook, service.inner.needs(hook), resources)
                response = stage.send(name, orjson.dumps(body), headers=send.headers())
                statuses[name, hook, response.status_code] += 1
    stage.planted(mint)
    return statuses


def refused(send: Sender) -> list[Json]:
    """Return resources that say themselves that they are not to be used, or are of somebody else."""
    strict, send.planter.strict = send.planter.strict, False
    made = [send.planter.resource(kind, deep=1) for kind in types() if kind != "Patient"]
    send.planter.strict = strict
    return made


def read_from_the_ehr(stage: Stage) -> Counter[Any]:
    """Have everything read from an EHR, in good and bad moods; return statuses."""
    mint, statuses = Mint(11), Counter[Any]()
    send = sender(stage, mint)
    stage.ehr.resources = [send.planter.resource(kind) for kind in types()]
    for name, service in stage.services.items():
        hook = service.inner.hooks[0]
        needs = service.inner.needs(hook)
        more = {"fhirServer": stage.server, "fhirAuthorization": send.authorization()}
        body = send.request(hook, needs, (), only=(), **more)
        statuses["good", stage.send(name, orjson.dumps(body)).status_code] += 1
        statuses.update(("bad", r.status_code) for r in failing.moods(stage, send, hook, name))
    assert stage.ehr.asked
    stage.planted(mint)
    return statuses


def failures(stage: Stage, monkeypatch: Any) -> Counter[Any]:
    """Fire calls that fail in every way; return statuses by way."""
    mint, statuses = Mint(12), Counter[Any]()
    send = sender(stage, mint)
    some = [send.planter.resource(kind) for kind in ("Patient", "Condition", "Observation", "ServiceRequest")]
    needs = stage.services[failing.SERVICE].inner.needs("patient-view")
    good = send.request("patient-view", needs, some)
    for way, bodies in (("form", failing.misshapen), ("owner", failing.of_others)):
        for body in bodies(good, mint):
            statuses[way, stage.send(failing.SERVICE, body, headers=send.headers()).status_code] += 1
    for token in failing.tokens(stage, mint):
        headers = {"Authorization": f"Bearer {token}", **send.headers()}
        response = stage.site.web.post(failing.PATH, json=good, headers=headers)
        answered(response, stage.kept)
        statuses["token", response.status_code] += 1
    for method, address, more in failing.addresses(mint):
        ready = {"headers": stage.site.auth(address), "content_type": "application/json", **more}
        response = stage.site.web.open(address, method=method, **ready)
        answered(response, stage.kept)
        statuses["address", response.status_code] += 1
    replies = failing.crashes(stage, orjson.dumps(good), send, monkeypatch)
    statuses.update(("crash", reply.status_code) for reply in replies)
    stage.planted(mint)
    return statuses


def heard(stage: Stage) -> Counter[Any]:
    """Send feedback on a card, right and wrong, with canaries; return statuses."""
    mint = Mint(13)
    send = sender(stage, mint)
    some = [send.planter.resource(kind) for kind in ("Patient", "ServiceRequest")]
    needs = stage.services[failing.SERVICE].inner.needs("order-sign")
    body = send.request("order-sign", needs, some)
    card = stage.send(failing.SERVICE, orjson.dumps(body)).get_json()["cards"][0]["uuid"]
    replies = (
        stage.send(failing.SERVICE, item, rest="/feedback", headers=send.headers())
        for item in failing.feedback(card, mint)
    )
    statuses = Counter[Any](reply.status_code for reply in replies)
    stage.planted(mint)
    return statuses


def spooled(stage: Stage) -> Counter[Any]:
    """Answer while the store is away, so that records wait in the spool; keep its files."""
    mint, statuses = Mint(14), Counter[Any]()
    send = sender(stage, mint)
    some = [send.planter.resource(kind) for kind in ("Patient", "Condition", "ServiceRequest")]
    needs = stage.services[failing.SERVICE].inner.needs("order-sign")
    recorder = stage.site.live.parts.recorder
    store = failing.Away(recorder._store, StoreUnavailable, frozenset({"record"}))
    recorder._store, before = store, recorder._store
    try:
        for _ in range(3):
            body = send.request("order-sign", needs, some)
            statuses[stage.send(failing.SERVICE, orjson.dumps(body)).status_code] += 1
        files(stage.folder, stage.kept)
    finally:
        recorder._store = before
    stage.planted(mint)
    return statuses


def records(stage: Stage) -> Counter[Any]:
    """Fire every service with every synthetic patient as they are; return statuses."""
    today = datetime.now(UTC).date()
    now = frozenset((today + timedelta(days=n)).isoformat() for n in range(-2, 3))
    statuses = Counter[Any]()
    for slug in people.slugs():
        found = people.resources(slug)
        stage.canaries += people.identity(found, but=now)
        send = sender(stage, Mint(len(slug)), patient=people.patient_id(slug))
        statuses.update(fired(stage, send, found))
    return statuses


def generated(stage: Stage, seeds: range, *, voice: Voice | None = None) -> Counter[Any]:
    """Fire every service with records into which canaries were grafted; return statuses."""
    statuses = Counter[Any]()
    for seed in seeds:
        slug = people.slugs()[seed % len(people.slugs())]
        mint = Mint(1000 + seed, voice or ("unique", "own")[seed % 2])
        send = sender(stage, mint, patient=people.patient_id(slug))
        found = people.resources(slug)
        sample = [r for r in found if r["resourceType"] == "Patient"]
        sample += mint.random.sample(found, min(len(found), 40))
        statuses.update(fired(stage, send, people.grafted(sample, send.planter)))
        stage.planted(mint)
    return statuses


def fired(stage: Stage, send: Sender, found: list[Json]) -> Counter[Any]:
    """Fire each service on one of its hooks, in turn; return statuses."""
    statuses = Counter[Any]()
    for name, service in stage.services.items():
        hook = service.inner.hooks[send.mint.turn(len(service.inner.hooks))]
        body = send.request(hook, service.inner.needs(hook), found)
        statuses[name, stage.send(name, orjson.dumps(body)).status_code] += 1
    return statuses
