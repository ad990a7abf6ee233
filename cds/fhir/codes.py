"""Code systems: their canonical URIs, the other names they arrive under, and what a code of each looks like.

Source: http://hl7.org/fhir/R4/terminologies-systems.html and the OIDs registered there; HL7's own systems
with their codes stand in `hl7_codes.toml`.
"""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

from models.record import ATC, CVX, ICD10, ICD10CM, LOINC, RXNORM, SNOMED, UCUM

ALIASES: Mapping[str, str] = {
    "urn:oid:2.16.840.1.113883.6.1": LOINC,
    "https://loinc.org": LOINC,
    "http://loinc.org/": LOINC,
    "urn:oid:2.16.840.1.113883.6.96": SNOMED,
    "https://snomed.info/sct": SNOMED,
    "urn:oid:2.16.840.1.113883.6.90": ICD10CM,
    "urn:oid:2.16.840.1.113883.6.3": ICD10,
    "urn:oid:2.16.840.1.113883.6.88": RXNORM,
    "https://www.nlm.nih.gov/research/umls/rxnorm": RXNORM,
    "urn:oid:2.16.840.1.113883.6.8": UCUM,
    "urn:oid:2.16.840.1.113883.12.292": CVX,
    "urn:oid:2.16.840.1.113883.6.73": ATC,
    "http://fhir.de/CodeSystem/dimdi/atc": ATC,
    "http://fhir.de/CodeSystem/bfarm/atc": ATC,
}

_SYNTAX: Mapping[str, re.Pattern[str]] = {
    LOINC: re.compile(r"(?:LA|LL|LG|LP)?[0-9]{1,7}-[0-9]\Z"),
    SNOMED: re.compile(r"[0-9]{6,18}\Z"),
    ICD10CM: re.compile(r"[A-Z][0-9][0-9A-Z](?:\.?[0-9A-Z]{1,4})?\Z"),
    ICD10: re.compile(r"[A-Z][0-9]{2}(?:\.?[0-9A-Z]{1,4})?[!+*]?\Z"),
    RXNORM: re.compile(r"[0-9]{1,8}\Z"),
    ATC: re.compile(r"[A-Z](?:[0-9]{2}(?:[A-Z](?:[A-Z](?:[0-9]{2})?)?)?)?\Z"),
    CVX: re.compile(r"[0-9]{1,3}\Z"),
    UCUM: re.compile(r"[!-~]{1,40}\Z"),
    "http://hl7.org/fhir/sid/icd-9-cm": re.compile(r"[EV]?[0-9]{2,3}(?:\.[0-9]{1,2})?\Z"),
    "http://hl7.org/fhir/sid/ndc": re.compile(r"[0-9]{4,5}-?[0-9]{3,4}-?[0-9]{1,2}\Z"),
    "http://fhir.de/CodeSystem/bfarm/icd-10-gm": re.compile(r"[A-Z][0-9]{2}(?:\.?[0-9A-Z]{1,4})?[!+*]?\Z"),
    "http://www.cms.gov/Medicare/Coding/ICD10": re.compile(r"[0-9A-HJ-NP-Z]{7}\Z"),
    "http://www.ama-assn.org/go/cpt": re.compile(r"[0-9]{4}[0-9A-Z]\Z"),
    "http://nucc.org/provider-taxonomy": re.compile(r"[0-9]{3}[0-9A-Z]{6}X\Z"),
    "http://fdasis.nlm.nih.gov": re.compile(r"[0-9A-Z]{10}\Z"),
    "http://snomed.info/srt": re.compile(r"[A-Z][0-9]?-[0-9A-F]{4,6}\Z"),
    "http://dicom.nema.org/resources/ontology/DCM": re.compile(r"(?:[A-Z]{2,5}|[0-9]{6})\Z"),
}


def canonical(system: str) -> str:
    """Return a system's canonical URI."""
    return ALIASES.get(system, system)


def well_formed(system: str, code: str) -> bool:
    """Tell whether this is a public code system and the code has its form, or is one of its codes.

    A code of a local system may carry anything, a name or a number of a person too; it is not kept.
    """
    syntax = _SYNTAX.get(system)
    if syntax is not None:
        return syntax.match(code) is not None
    return code in _hl7().get(system, ())


@cache
def _hl7() -> Mapping[str, frozenset[str]]:
    """Return the codes of HL7's own systems, by system."""
    text = resources.files(__package__).joinpath("hl7_codes.toml").read_text(encoding="utf-8")
    return {system: frozenset(codes.split()) for system, codes in tomllib.loads(text).items()}
