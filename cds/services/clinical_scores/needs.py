"""What this service asks an EHR for: what scores are computed from, never everything.

Only what every 2.0 client understands: tokens and the restricted query subset
(https://cds-hooks.hl7.org/2.0/#prefetch-query-restrictions). Searches that name a date would need `today()`,
which is 3.0, so observations are narrowed by category and read newest first; what is not sent and read by us
is limited by date as well.
"""

from collections.abc import Mapping

from cds.hooks.prefetch import Need

_PATIENT = "patient={{context.patientId}}"

_TWO_YEARS = 731
"""Days: the longest look-back of a laboratory value (a year) and as long again for the value before it."""

_COMMON: Mapping[str, Need] = {
    "patient": Need("Patient/{{context.patientId}}", required=True),
    "conditions": Need(f"Condition?{_PATIENT}&_count=200", fills=("condition",)),
    "medications": Need(f"MedicationRequest?{_PATIENT}&_count=200", fills=("medication",)),
    # Stated drugs add to the prescribed ones; their list being empty says nothing about the whole.
    "stated": Need(f"MedicationStatement?{_PATIENT}&_count=100"),
    "labs": Need(
        f"Observation?{_PATIENT}&category=laboratory&_count=200&_sort=-date",
        fills=("observation",),
        since=("date", _TWO_YEARS),
    ),
    "vitals": Need(
        f"Observation?{_PATIENT}&category=vital-signs&_count=100&_sort=-date",
        fills=("observation",),
        since=("date", _TWO_YEARS),
    ),
    # An adult's height is measured once in many years.
    "height": Need(f"Observation?{_PATIENT}&code=http://loinc.org|8302-2&_count=5&_sort=-date"),
    "answers": Need(f"Observation?{_PATIENT}&category=survey&_count=100&_sort=-date"),
    "habits": Need(f"Observation?{_PATIENT}&category=social-history&_count=50&_sort=-date"),
    "examination": Need(f"Observation?{_PATIENT}&category=exam&_count=50&_sort=-date"),
    "tests": Need(f"Observation?{_PATIENT}&category=procedure&_count=50&_sort=-date"),
    "procedures": Need(f"Procedure?{_PATIENT}&_count=100&_sort=-date", fills=("procedure",)),
    "encounters": Need(
        f"Encounter?{_PATIENT}&_count=50&_sort=-date", fills=("encounter",), since=("date", _TWO_YEARS)
    ),
    "orders": Need(f"ServiceRequest?{_PATIENT}&_count=100", fills=("order",), since=("authored", _TWO_YEARS)),
}
_AT_START: Mapping[str, Need] = {"encounter": Need("Encounter/{{context.encounterId}}")}


def needs(hook: str) -> Mapping[str, Need]:
    """Return the prefetch keys of a hook; an encounter is certain to be named only where one starts."""
    return {**_COMMON, **_AT_START} if hook == "encounter-start" else _COMMON
