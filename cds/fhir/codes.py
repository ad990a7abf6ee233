"""Code systems: their canonical URIs, the other names they arrive under, and what a code of each looks like.

Source: http://hl7.org/fhir/R4/terminologies-systems.html and the OIDs registered there.
"""

import re
from collections.abc import Mapping

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
}

_SYNTAX: Mapping[str, re.Pattern[str]] = {
    LOINC: re.compile(r"(?:LA|LL|LG|LP)?\d{1,7}-\d\Z"),
    SNOMED: re.compile(r"\d{6,18}\Z"),
    ICD10CM: re.compile(r"[A-Z]\d[0-9A-Z](?:\.?[0-9A-Z]{1,4})?\Z"),
    ICD10: re.compile(r"[A-Z]\d{2}(?:\.?[0-9A-Z]{1,4})?[!+*]?\Z"),
    RXNORM: re.compile(r"\d{1,8}\Z"),
    ATC: re.compile(r"[A-Z](?:\d{2}(?:[A-Z](?:[A-Z](?:\d{2})?)?)?)?\Z"),
    CVX: re.compile(r"\d{1,3}\Z"),
    UCUM: re.compile(r"[!-~]{1,40}\Z"),
    "http://hl7.org/fhir/sid/icd-9-cm": re.compile(r"[EV]?\d{2,3}(?:\.\d{1,2})?\Z"),
    "http://hl7.org/fhir/sid/ndc": re.compile(r"\d{4,5}-?\d{3,4}-?\d{1,2}\Z"),
    "http://www.ama-assn.org/go/cpt": re.compile(r"\d{4}[0-9A-Z]\Z"),
    "http://fdasis.nlm.nih.gov": re.compile(r"[0-9A-Z]{10}\Z"),
    "http://snomed.info/srt": re.compile(r"[A-Z0-9\-]{1,12}\Z"),
}
_HL7_PREFIXES = ("http://terminology.hl7.org/", "http://hl7.org/fhir/", "http://dicom.nema.org/")
_HL7_SYNTAX = re.compile(r"[A-Za-z0-9][A-Za-z0-9.\-_]{0,63}\Z")


def canonical(system: str) -> str:
    """Return a system's canonical URI."""
    return ALIASES.get(system, system)


def well_formed(system: str, code: str) -> bool:
    """Tell whether this is a public code system and the code has its form.

    A code of a local system may carry anything, a name or a number of a person too; it is not kept.
    """
    syntax = _SYNTAX.get(system)
    if syntax is None:
        if not system.startswith(_HL7_PREFIXES):
            return False
        syntax = _HL7_SYNTAX
    return syntax.match(code) is not None
