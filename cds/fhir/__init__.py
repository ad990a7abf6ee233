"""FHIR R4 in plain dicts: reading clean resources into a `Record`, writing what we suggest."""
