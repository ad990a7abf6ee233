"""Canaries in every place of every FHIR resource, what a service made of them, and how they are found."""
