"""The black-box conformance kit: checks any CDS Hooks service over HTTP, line by line of the checklist."""
