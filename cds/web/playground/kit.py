"""What the playground is given: patients, charts, who signs, who judges; `playground_kit` makes it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from adapters.ports import Bundle, Ehr, EhrAccess
from cds.fire.chart import Chart, Grant
from cds.fire.token import Signer
from cds.hooks.profiles import Profile, names, profile
from cds.parts import Parts
from cds.web.playground.checks import Checker
from cds.web.playground.timing import TimedEhr, Watch

PASTED_BASE = "https://pasted.invalid/fhir"
"""A name that never resolves (RFC 2606): nobody can read a pasted record back."""

FHIR_OF: Mapping[str, str] = {"epic": "epic", "oracle": "oracle", "medplum": "smart", "athena": "smart"}
"""Whose FHIR behaviour an EHR profile comes with; every other one reads the first server there is."""


@dataclass(frozen=True, slots=True)
class PatientRow:
    """One patient to pick."""

    slug: str
    id: str
    title: str
    why: str = ""
    hooks: tuple[str, ...] = ()
    expects: str = ""


@dataclass(frozen=True)
class PlaygroundKit:
    """Everything the playground needs of the demo around it."""

    patients: Callable[[], tuple[PatientRow, ...]]
    chart: Callable[[Parts, str, str, Watch], Chart] = field(repr=False)
    """(parts, patient id, EHR profile, watch) -> the chart an EHR of this profile keeps."""
    pasted: Callable[[Sequence[Mapping[str, Any]], Watch], Chart] = field(repr=False)
    """(resources, watch) -> a chart of one request, with nothing behind it."""
    signer: Signer
    checker: Checker = field(repr=False)
    ehrs: tuple[Profile, ...]


class Holder(Protocol):
    """What holds the parts of this moment."""

    @property
    def parts(self) -> Parts:
        """The parts of now."""
        ...


class Token(Protocol):
    """An access token of a FHIR server."""

    @property
    def value(self) -> str:
        """The token."""
        ...

    @property
    def scope(self) -> str:
        """What it allows."""
        ...


class Issuer(Protocol):
    """A FHIR server that gives out tokens for hook calls."""

    def issue_token(self, patient_id: str | None, scopes: str, *, seconds: int = 300) -> Token:
        """Make a token bound to a patient."""
        ...


def playground_kit(
    holder: Holder,
    *,
    index: Sequence[Mapping[str, Any]],
    fhir_bases: Mapping[str, str],
    issuers: Mapping[str, Issuer],
    open_bundle: Callable[[Sequence[Mapping[str, Any]]], Ehr],
    signer: Signer,
    checker: Checker,
) -> PlaygroundKit:
    """Return the kit of a running demo.

    `index` are rows of slug, patient_id, title, why, hooks, expects; where there are none, the first FHIR
    server's patients are listed. `fhir_bases` and `issuers` go by the vendor whose behaviour they have,
    the plain one first; `open_bundle` makes an EHR of resources in memory.
    """
    rows = tuple(map(_row, index))
    home = next(iter(fhir_bases.values()))

    def patients() -> tuple[PatientRow, ...]:
        return rows or _listed(Chart(holder.parts.ehr, home))

    def chart(parts: Parts, patient: str, ehr: str, watch: Watch) -> Chart:
        vendor = FHIR_OF.get(ehr, "")
        reader = TimedEhr(AtHome(parts.ehr, home), watch)
        grant = _grant(issuers[vendor], patient, signer) if vendor in issuers else None
        return Chart(reader, fhir_bases.get(vendor, home), grant)

    def pasted(resources: Sequence[Mapping[str, Any]], watch: Watch) -> Chart:
        return Chart(TimedEhr(open_bundle(resources), watch), PASTED_BASE)

    return PlaygroundKit(patients, chart, pasted, signer, checker, tuple(map(profile, _ehrs())))


def _ehrs() -> tuple[str, ...]:
    """Return the profiles' names, the plain one first."""
    return ("generic", *(name for name in names() if name != "generic"))


@dataclass(frozen=True)
class AtHome:
    """An EHR that reads its own database: prefetch does not pass through its public API."""

    ehr: Ehr
    base: str

    def _access(self, access: EhrAccess) -> EhrAccess:
        return replace(access, base=self.base, token="")

    def read(self, access: EhrAccess, path: str, *, timeout: float) -> dict[str, Any]:
        """Return the resource at `Type/id`."""
        return self.ehr.read(self._access(access), path, timeout=timeout)

    def search(self, access: EhrAccess, query: str, *, timeout: float) -> Bundle:
        """Return what a search finds."""
        return self.ehr.search(self._access(access), query, timeout=timeout)

    def follow(self, access: EhrAccess, url: str, *, kind: str, timeout: float) -> Bundle:
        """Return a linked page and those after it."""
        return self.ehr.follow(self._access(access), url, kind=kind, timeout=timeout)


_SCOPES = "patient/*.rs"


def _grant(issuer: Issuer, patient: str, signer: Signer) -> Grant:
    token = issuer.issue_token(patient, _SCOPES)
    return Grant(token.value, token.scope, subject=signer.issuer, patient=patient)


def _row(row: Mapping[str, Any]) -> PatientRow:
    return PatientRow(
        slug=str(row["slug"]),
        id=str(row["patient_id"]),
        title=str(row.get("title", "")),
        why=str(row.get("why", "")),
        hooks=tuple(row.get("hooks", ())),
        expects=str(row.get("expects", "")),
    )


_LISTED = 60


def _listed(chart: Chart) -> tuple[PatientRow, ...]:
    """Return the patients of a server that no index describes: by sex and year of birth, not by name."""
    found = chart.search(f"Patient?_count={_LISTED}").resources[:_LISTED]
    return tuple(PatientRow(str(p.get("id")), str(p.get("id")), _described(p)) for p in found)


def _described(patient: Mapping[str, Any]) -> str:
    sex, born = str(patient.get("gender", "unknown")), str(patient.get("birthDate", "")) or "unknown"
    return f"{sex.capitalize()}, born {born[:4] if born[:1].isdigit() else born}"
