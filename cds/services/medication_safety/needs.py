"""What this service asks an EHR for: the lists that rules look at, and results no older than they use."""

from collections.abc import Mapping

from cds.hooks.prefetch import Need

MODEL = "medication-safety"

_PATIENT = "patient={{context.patientId}}"
_YEAR, _TWO_YEARS = 366, 731

_NEEDS: Mapping[str, Need] = {
    "patient": Need("Patient/{{context.patientId}}", required=True),
    "medications": Need(f"MedicationRequest?{_PATIENT}&_count=200", fills=("medication",), required=True),
    "stated": Need(f"MedicationStatement?{_PATIENT}&_count=100"),
    "dispensed": Need(f"MedicationDispense?{_PATIENT}&_count=100", since=("whenhandedover", _YEAR)),
    "given": Need(f"MedicationAdministration?{_PATIENT}&_count=100", since=("effective-time", 31)),
    "allergies": Need(f"AllergyIntolerance?{_PATIENT}&_count=100", fills=("allergy",), required=True),
    "conditions": Need(f"Condition?{_PATIENT}&_count=200", fills=("condition",)),
    "procedures": Need(f"Procedure?{_PATIENT}&_count=100&_sort=-date"),
    "labs": Need(
        f"Observation?{_PATIENT}&category=laboratory&_count=200&_sort=-date",
        fills=("observation",),
        since=("date", _TWO_YEARS),
        model=MODEL,
    ),
    "vitals": Need(
        f"Observation?{_PATIENT}&category=vital-signs&_count=50&_sort=-date",
        since=("date", _TWO_YEARS),
        model=MODEL,
    ),
    # Pregnancy, weeks, breastfeeding: one list of codes, since vendors file them under different categories.
    "pregnancy": Need(
        f"Observation?{_PATIENT}&code=http://loinc.org|82810-3,http://loinc.org|18185-9,http://loinc.org|11884-4,"
        "http://loinc.org|11778-8,http://loinc.org|63895-7&_count=20&_sort=-date",
        model=MODEL,
    ),
}


def needs(_hook: str) -> Mapping[str, Need]:
    """Return the prefetch keys, the same for every hook."""
    return _NEEDS
