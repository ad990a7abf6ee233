"""Trials of free-text de-identification: invented texts with every identifier marked, and how to measure."""

from cds.privacy.trials.generator import notes, queries
from cds.privacy.trials.hand import hand
from cds.privacy.trials.trial import Marked, Trial

__all__ = ["Marked", "Trial", "hand", "notes", "queries"]
