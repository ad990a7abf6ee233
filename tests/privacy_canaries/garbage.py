"""FHIR-shaped garbage: planted resources in which anything may stand anywhere, as objects and as bytes."""

import json
from collections.abc import Iterator
from random import Random
from typing import Any

from privacy_canaries.minting import Mint
from privacy_canaries.places import Json, Planter, types

Spot = tuple[Any, Any]
"""A dict or list, and the key or index of one of its values."""

_ODD = (
    "",
    " ",
    "\u0000",
    "\u202e\u200b\u00ad",
    "\ud7ff\ufffd\U0001f9ec",
    "İıſK",
    "é" * 300,
    "{{context.patientId}}",
    "../../etc/passwd",
    "' OR 1=1 --",
    "<script>alert(1)</script>",
    "Patient/",
    "#",
    "urn:uuid:",
    "9999-99-99",
    "0000-00-00T99:99:99Z",
    "2026-02-30",
    "-1",
    "1e400",
)


def planted(random: Random, *, most: int = 3) -> tuple[list[Json], Mint]:
    """Return a Patient and a few resources with canaries, spoiled in some places, and the mint."""
    mint = Mint(random.randrange(10_000))
    planter = Planter(mint, "fuzzed-patient", strict=random.random() < 0.7)
    kinds = ["Patient", *(random.choice(types()) for _ in range(random.randrange(1, most + 1)))]
    made = [planter.resource(kind, deep=random.choice((1, 3))) for kind in kinds]
    made[0]["id"] = "fuzzed-patient"
    for _ in range(random.randrange(12)):
        spoil(made, random, mint)
    kept: list[Any] = made
    return [resource for resource in kept if isinstance(resource, dict)], mint


def spoil(tree: Any, random: Random, mint: Mint) -> None:
    """Change one place: another type, another place's content, another name, or far too much of something."""
    spots = list(_spots(tree))
    if not spots:
        return
    holder, key = random.choice(spots)
    if isinstance(holder, dict) and random.random() < 0.25:
        holder[random.choice((mint.string("member name"), "extension", "", "id"))] = holder.pop(key)
    else:
        holder[key] = _wrong(spots, random, mint)


def _spots(value: Any) -> Iterator[Spot]:
    for key in list(value) if isinstance(value, dict) else range(len(value)):
        yield value, key
        if isinstance(value[key], dict | list):
            yield from _spots(value[key])


def _wrong(spots: list[Spot], random: Random, mint: Mint) -> Any:
    holder, key = random.choice(spots)
    text = mint.string("spoiled")
    deep: Any = text
    for _ in range(random.randrange(1, 30)):
        deep = [deep] if random.random() < 0.5 else {text: deep}
    plain: tuple[Any, ...] = (None, True, 0, -1, 10**30, 1.5e300, [], {}, [[]], [None], {"": None})
    rich = (
        text,
        [text, 1],
        {text: text},
        deep,
        text * 200,
        random.choice(_ODD),
        f"{random.choice(_ODD)}{text}",
    )
    copied = json.loads(json.dumps(holder[key]))
    return random.choice((random.choice(plain), random.choice(rich), random.choice(rich), copied))


def body(random: Random, hook: str, keys: list[str]) -> tuple[bytes, Mint]:
    """Return the bytes of a request with garbage in its prefetch and context, and sometimes around them."""
    found, mint = planted(random)
    patient, *others = found or [{}]
    bundle = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": r} for r in others]}
    prefetch = {key: json.loads(json.dumps(bundle)) for key in random.sample(keys, min(3, len(keys)))}
    context: Json = {"userId": "Practitioner/d1", "patientId": "fuzzed-patient", "encounterId": "e1"}
    drafts = {"draftOrders": bundle, "appointments": bundle, "conditions": bundle, "medications": bundle}
    context |= drafts | {"selections": ["ServiceRequest/1"], "medication": others[:1], "performer": "x/1"}
    made = {
        "hook": hook,
        "hookInstance": mint.bare_uuid("hookInstance"),
        "context": context,
        "prefetch": {**prefetch, "patient": patient},
    }
    for _ in range(random.choice((0, 0, 1, 3))):
        spoil(made, random, mint)
    return _bytes(made, random, mint), mint


def _bytes(made: Json, random: Random, mint: Mint) -> bytes:
    """Return JSON, sometimes with a key twice, cut off, or with bytes that are no text."""
    text = json.dumps(made, ensure_ascii=random.random() < 0.5)
    way = random.randrange(8)
    if way == 0:
        doubled = json.dumps(mint.string("twice"))
        text = text.replace('{"', f'{{"id": {doubled}, "resourceType": {doubled}, "', random.randrange(1, 9))
    raw = text.encode("utf-8", "surrogatepass")
    if way == 1:
        return raw[: random.randrange(len(raw))]
    if way == 2:
        at = random.randrange(len(raw))
        return raw[:at] + random.randbytes(4) + raw[at:]
    return raw
