"""What this service asks an EHR for: the newest notes, and the lists that they are held against."""

from collections.abc import Mapping

from cds.hooks.prefetch import Need

_PATIENT = "patient={{context.patientId}}"
_THREE_YEARS = 1096
_TWO_YEARS = 731

_NEEDS: Mapping[str, Need] = {
    "patient": Need("Patient/{{context.patientId}}", required=True),
    "documents": Need(
        f"DocumentReference?{_PATIENT}&_count=20&_sort=-date", fills=("note",), since=("date", _THREE_YEARS)
    ),
    "reports": Need(
        f"DiagnosticReport?{_PATIENT}&_count=40&_sort=-date", fills=("note",), since=("date", _TWO_YEARS)
    ),
    "compositions": Need(
        f"Composition?{_PATIENT}&_count=20&_sort=-date", fills=("note",), since=("date", _THREE_YEARS)
    ),
    "conditions": Need(f"Condition?{_PATIENT}&_count=200", fills=("condition",)),
    "medications": Need(f"MedicationRequest?{_PATIENT}&_count=200", fills=("medication",)),
    "stated": Need(f"MedicationStatement?{_PATIENT}&_count=100"),
    "dispensed": Need(f"MedicationDispense?{_PATIENT}&_count=100", since=("whenhandedover", 366)),
    "allergies": Need(f"AllergyIntolerance?{_PATIENT}&_count=100", fills=("allergy",)),
    "procedures": Need(f"Procedure?{_PATIENT}&_count=100&_sort=-date", fills=("procedure",)),
    "devices": Need(f"Device?{_PATIENT}&_count=50"),
    "orders": Need(f"ServiceRequest?{_PATIENT}&_count=100", fills=("order",), since=("authored", _TWO_YEARS)),
}


def needs(_hook: str) -> Mapping[str, Need]:
    """Return the prefetch keys, the same for both hooks."""
    return _NEEDS
