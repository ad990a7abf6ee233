"""What this service asks an EHR for: the lists that rules and safety checks look at, and results in time."""

from collections.abc import Mapping

from cds.hooks.prefetch import Need

_PATIENT = "patient={{context.patientId}}"
_YEAR, _TWO_YEARS = 366, 731

_NEEDS: Mapping[str, Need] = {
    "patient": Need("Patient/{{context.patientId}}", required=True),
    "conditions": Need(f"Condition?{_PATIENT}&_count=200", fills=("condition",)),
    "medications": Need(f"MedicationRequest?{_PATIENT}&_count=200", fills=("medication",), required=True),
    "stated": Need(f"MedicationStatement?{_PATIENT}&_count=100"),
    "dispensed": Need(f"MedicationDispense?{_PATIENT}&_count=100", since=("whenhandedover", _YEAR)),
    "allergies": Need(f"AllergyIntolerance?{_PATIENT}&_count=100", fills=("allergy",), required=True),
    "labs": Need(
        f"Observation?{_PATIENT}&category=laboratory&_count=200&_sort=-date",
        fills=("observation",),
        since=("date", _TWO_YEARS),
    ),
    "vitals": Need(
        f"Observation?{_PATIENT}&category=vital-signs&_count=50&_sort=-date", since=("date", _TWO_YEARS)
    ),
    # An ejection fraction is filed under procedure, imaging or exam: asked for by code.
    "ejection_fraction": Need(
        f"Observation?{_PATIENT}&code=http://loinc.org|10230-1,http://loinc.org|8806-2,http://loinc.org|8807-0,"
        "http://loinc.org|18043-0&_count=10&_sort=-date"
    ),
    "habits": Need(f"Observation?{_PATIENT}&category=social-history&_count=50&_sort=-date"),
    "pregnancy": Need(
        f"Observation?{_PATIENT}&code=http://loinc.org|82810-3,http://loinc.org|18185-9,http://loinc.org|11884-4,"
        "http://loinc.org|11778-8,http://loinc.org|63895-7&_count=20&_sort=-date"
    ),
    "procedures": Need(f"Procedure?{_PATIENT}&_count=100&_sort=-date"),
    "immunizations": Need(f"Immunization?{_PATIENT}&_count=100", fills=("immunization",)),
    "encounters": Need(f"Encounter?{_PATIENT}&_count=20&_sort=-date", since=("date", _YEAR)),
}


def needs(_hook: str) -> Mapping[str, Need]:
    """Return the prefetch keys, the same for every hook."""
    return _NEEDS
