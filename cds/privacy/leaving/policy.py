"""What is asked of a run: the profile, its options, and what is refused before anything is read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from cds.errors import SettingsError
from cds.privacy.known import Known

PROFILES = ("safe_harbor", "limited")
TEXTS = ("scrub", "drop")
NARRATIVES = ("drop", "clean")
Spans = Mapping[str, int]
Keep = Callable[[str, str], None]
"""Is told each pseudonym, `Type/token`, with the `Type/id` it stands for."""
Scrub = Callable[[str, Known], tuple[str, Spans]]
"""Scrubs one text of names and numbers; returns it with how many spans of each category were replaced."""

LARGEST_SHIFT = 520
"""Weeks of a fixed shift, ten years: further away a record would be of another time of medicine."""


class Refused(Exception):
    """A resource may not leave: it says itself that it means something other than it seems."""


class Shape(NamedTuple):
    """What of a policy the compiled rules depend on."""

    limited: bool
    zip3: bool
    narrative: bool


@dataclass(frozen=True, slots=True)
class Policy:
    """One profile with its options."""

    profile: str
    """One of `PROFILES`."""
    now: datetime
    """Ages over 89 are counted up to here."""
    key: bytes = field(default=b"", repr=False)
    """The tenant's key of the purpose `pseudonyms` (`limited`); `safe_harbor` makes and forgets its own."""
    tenant: str = "default"
    texts: str = "scrub"
    """`scrub`, or `drop`: free texts are left out, labels beside codes stay where they could name nobody."""
    narrative: str = "drop"
    zip3: bool = False
    """Whether the first three digits of a US postal code stay, restricted ones as 000."""
    shift_weeks: int | None = None
    """A fixed shift for every patient in place of each patient's own (`limited` only)."""
    keep: Keep | None = field(default=None, repr=False, compare=False)
    """Who keeps what pseudonyms stand for, where a site wants that (`limited` only)."""

    @property
    def limited(self) -> bool:
        """Whether dates are shifted and pseudonyms are stable."""
        return self.profile == "limited"

    @property
    def shape(self) -> Shape:
        """What the compiled rules depend on."""
        return Shape(self.limited, self.zip3, self.narrative == "clean")


def check(policy: Policy) -> Policy:
    """Return the policy where it makes sense; raise `SettingsError` saying the fix."""
    for fault in (_profile_fault(policy), _shift_fault(policy)):
        if fault:
            raise SettingsError(fault)
    return policy


def _profile_fault(policy: Policy) -> str:
    if policy.profile not in PROFILES:
        return f"there is no such profile; choose one of {', '.join(PROFILES)}"
    if policy.texts not in TEXTS:
        return "texts is `scrub` or `drop`"
    if policy.narrative not in NARRATIVES:
        return "narrative is `drop` or `clean`"
    if policy.narrative == "clean" and policy.texts == "drop":
        return "a narrative is cleaned as text: choose texts = scrub with it"
    if policy.limited and len(policy.key) < 16:
        return "limited needs the tenant's pseudonym key: name the settings with `clinicards --config FILE`"
    return ""


def _shift_fault(policy: Policy) -> str:
    weeks = policy.shift_weeks
    if policy.keep is not None and not policy.limited:
        return "safe_harbor destroys its key: what its tokens stand for is kept by nobody"
    if weeks is None:
        return ""
    if not policy.limited:
        return "safe_harbor keeps years alone; a fixed shift belongs to limited"
    if weeks == 0 or abs(weeks) > LARGEST_SHIFT:
        return f"a fixed shift is 1 to {LARGEST_SHIFT} weeks back or forth, not {weeks}"
    return ""
