"""Models: de-identified records in, findings out; no FHIR, no HTTP, no keys."""
