"""What this service asks an EHR for: the encounter, its notes, and what bears on a complaint of today."""

from collections.abc import Mapping

from cds.hooks.prefetch import Need

_PATIENT = "patient={{context.patientId}}"
_RECENT, _MONTHS = 31, 300

_COMMON: Mapping[str, Need] = {
    "patient": Need("Patient/{{context.patientId}}", required=True),
    "encounters": Need(
        f"Encounter?{_PATIENT}&_count=20&_sort=-date", fills=("encounter",), since=("date", _RECENT)
    ),
    "notes": Need(
        f"DocumentReference?{_PATIENT}&_count=20&_sort=-date", fills=("note",), since=("date", _RECENT)
    ),
    "conditions": Need(f"Condition?{_PATIENT}&_count=200", fills=("condition",)),
    "medications": Need(f"MedicationRequest?{_PATIENT}&_count=200", fills=("medication",)),
    "stated": Need(f"MedicationStatement?{_PATIENT}&_count=100"),
    "labs": Need(
        f"Observation?{_PATIENT}&category=laboratory&_count=100&_sort=-date",
        fills=("observation",),
        since=("date", _MONTHS),
    ),
    "vitals": Need(
        f"Observation?{_PATIENT}&category=vital-signs&_count=50&_sort=-date", since=("date", _RECENT)
    ),
    "examination": Need(
        f"Observation?{_PATIENT}&category=exam&_count=50&_sort=-date", since=("date", _RECENT)
    ),
    "habits": Need(f"Observation?{_PATIENT}&category=social-history&_count=50&_sort=-date"),
    # Pregnancy, weeks, expected date of delivery: one list of codes, since vendors file them differently.
    "pregnancy": Need(
        f"Observation?{_PATIENT}&code=http://loinc.org|82810-3,http://loinc.org|18185-9,http://loinc.org|11884-4,"
        "http://loinc.org|11778-8&_count=20&_sort=-date",
        since=("date", _MONTHS),
    ),
    "orders": Need(f"ServiceRequest?{_PATIENT}&_count=50", fills=("order",), since=("authored", _RECENT)),
}
_AT_START: Mapping[str, Need] = {"encounter": Need("Encounter/{{context.encounterId}}")}


def needs(hook: str) -> Mapping[str, Need]:
    """Return the prefetch keys of a hook; an encounter is certain to be named only where one starts."""
    return {**_COMMON, **_AT_START} if hook == "encounter-start" else _COMMON
