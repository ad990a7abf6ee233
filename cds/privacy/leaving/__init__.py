"""What leaves the process: FHIR R4 under the profiles `safe_harbor` and `limited`.

An allow-list in `rules/*.toml`, commented, is compiled once per type; whatever is not named is dropped and
counted. Output is valid R4 wherever the input was. `transform` takes a bundle or a list, `Stream` lines of
any number. Texts go through the scrubber of `cds.privacy.scrub`.
"""

from cds.privacy.leaving.manifest import Manifest, Refusal, Row
from cds.privacy.leaving.policy import PROFILES, Policy, Scrub
from cds.privacy.leaving.streaming import Stream
from cds.privacy.leaving.transforming import Leaving, transform

__all__ = [
    "PROFILES",
    "Leaving",
    "Manifest",
    "Policy",
    "Refusal",
    "Row",
    "Scrub",
    "Stream",
    "transform",
]
