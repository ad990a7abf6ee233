"""Free text without the people in it: the 18 identifiers found and replaced, with the way back."""

from cds.privacy.scrub.engine import scrub
from cds.privacy.scrub.knowing import known_of
from cds.privacy.scrub.spans import CATEGORIES, Scrubbed, Span
from cds.privacy.scrub.surrogates import TAGS, Surrogates, realistic

__all__ = ["CATEGORIES", "TAGS", "Scrubbed", "Span", "Surrogates", "known_of", "realistic", "scrub"]
