"""Medication safety: drafts and drugs of one person judged by the rules of the drug knowledge base."""
