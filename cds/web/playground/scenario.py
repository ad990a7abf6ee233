"""What somebody wants to try, as it stands in an address: of a patient, no more than a chart's name."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from urllib.parse import urlencode

from cds.errors import BadRequest
from cds.fire.drafts import Draft
from cds.fire.prefetch import BREAKERS
from cds.hooks.contexts import HOOKS, ID
from cds.hooks.profiles import names as profile_names

_LONGEST = 200
_KEY_LONGEST = 64
BREAK = "break."


@dataclass(frozen=True, slots=True)
class Drafted:
    """How a hook's draft is asked for: the words beside its fields, the coding system, examples."""

    title: str
    what: str
    code: str
    system: str
    note: str
    examples: tuple[tuple[str, str, str, str], ...]
    """(short name, what, code, note)."""


_DRUGS = (
    (
        "TMP-SMX",
        "sulfamethoxazole 800 MG / trimethoprim 160 MG Oral Tablet",
        "198335",
        "1 tablet twice daily for 7 days",
    ),
    ("ibuprofen", "ibuprofen 400 MG Oral Tablet", "197805", "three times daily with food"),
    ("warfarin", "warfarin sodium 5 MG Oral Tablet", "855332", "once daily"),
    (
        "metformin",
        "24 HR metformin hydrochloride 500 MG Extended Release Oral Tablet",
        "860975",
        "1000 mg twice daily",
    ),
    ("amoxicillin", "amoxicillin 500 MG Oral Tablet", "308192", "three times daily for 7 days"),
)
"""Codes of RxNorm (U.S. National Library of Medicine), as in the synthetic charts."""

_ORDER = Drafted("Draft order", "Drug", "RxNorm code", "rxnorm", "Dose and frequency", _DRUGS)
DRAFTED: Mapping[str, Drafted] = MappingProxyType(
    {
        "order-select": _ORDER,
        "order-sign": _ORDER,
        "allergyintolerance-create": Drafted(
            "New allergy",
            "Substance",
            "RxNorm code",
            "rxnorm",
            "Reaction",
            (
                ("amoxicillin", "amoxicillin", "723", "hives"),
                ("sulfamethoxazole", "sulfamethoxazole", "10180", "rash"),
            ),
        ),
        "problem-list-item-create": Drafted(
            "New problem",
            "Problem",
            "ICD-10-CM code",
            "icd10",
            "Note",
            (
                ("type 2 diabetes", "Type 2 diabetes mellitus without complications", "E11.9", ""),
                ("hypertension", "Essential hypertension", "I10", ""),
            ),
        ),
    }
)
FROM_CHART: Mapping[str, str] = MappingProxyType(
    {
        "medication-refill": "The newest active order of the chart is continued.",
        "medication-verify": "The newest active order of the chart is verified.",
        "appointment-book": "Half an hour in a week from now is proposed.",
        "order-dispatch": "The newest active service request of the chart is dispatched.",
    }
)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One set-up of the playground."""

    patient: str = ""
    hook: str = "patient-view"
    service: str = ""
    """Empty: every service that answers the hook."""
    ehr: str = "generic"
    encounter: str = ""
    what: str = ""
    code: str = ""
    note: str = ""
    server: str = ""
    """`none`: the EHR names no FHIR server, so that nothing can be read back."""
    breakers: Mapping[str, str] = field(default_factory=dict)

    @property
    def draft(self) -> Draft | None:
        """The draft as the EHR takes it, or None where the chart's own is to be used."""
        rule = DRAFTED.get(self.hook)
        if rule is None or not (self.what or self.code):
            return None
        # The line's first comma parts the thing from how it is taken.
        thing = self.what.replace(",", ";")
        line = f"{thing}{', ' + self.note if self.note else ''}"
        return Draft(text=f"{line} {rule.system}:{self.code}" if self.code else line)

    def query(self) -> str:
        """Return the set-up as a query string, without what is at its default."""
        plain = Scenario()
        names = ("patient", "hook", "service", "ehr", "encounter", "what", "code", "note", "server")
        pairs = [(n, getattr(self, n)) for n in names if getattr(self, n) != getattr(plain, n)]
        pairs += [(f"{BREAK}{key}", state) for key, state in self.breakers.items()]
        return urlencode([(name, value) for name, value in pairs if value])

    def on(self, hook: str) -> "Scenario":
        """Return the same for another hook; what belongs to one hook only is left behind."""
        same = DRAFTED.get(hook) is DRAFTED.get(self.hook)
        kept = self if same else replace(self, what="", code="", note="")
        return replace(kept, hook=hook, service="", breakers={})

    def at(self, service: str) -> "Scenario":
        """Return the same for one service."""
        return replace(self, service=service)

    def with_draft(self, what: str, code: str, note: str) -> "Scenario":
        """Return the same with another draft."""
        return replace(self, what=what, code=code, note=note)


def read(values: Mapping[str, str]) -> Scenario:
    """Return the set-up that an address or a form holds; raise `BadRequest` naming the field."""
    for name, value in values.items():
        if name != "bundle" and len(value) > _LONGEST:
            raise BadRequest(f"{name[:40]} is longer than {_LONGEST} characters", pointer=f"/{name[:40]}")
    found = {name: " ".join(values.get(name, "").split()) for name in ("patient", "service", "what", "note")}
    return Scenario(
        **found,
        code=_id("code", values.get("code", "").strip()),
        hook=_one_of("hook", values.get("hook") or "patient-view", tuple(HOOKS)),
        ehr=_one_of("ehr", values.get("ehr") or "generic", profile_names()),
        encounter=_id("encounter", values.get("encounter", "")),
        server=_one_of("server", values.get("server", ""), ("", "none")),
        breakers=_breakers(values),
    )


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise BadRequest(f"{name} must be one of {', '.join(allowed)}", pointer=f"/{name}")
    return value


def _id(name: str, value: str) -> str:
    if value and not ID.match(value):
        raise BadRequest(f"{name} must be 1 to 64 letters, digits, hyphens or points", pointer=f"/{name}")
    return value


def _breakers(values: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, state in values.items():
        key = name.removeprefix(BREAK)
        if key == name or len(key) > _KEY_LONGEST or state in {"", "normal"}:
            continue
        found[key] = _one_of(name[:_KEY_LONGEST], state, BREAKERS)
    return found
