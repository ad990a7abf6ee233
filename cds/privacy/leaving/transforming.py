"""The library call: a bundle or a list of resources as it may leave."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cds.privacy.leaving.manifest import Manifest, Refusal
from cds.privacy.leaving.policy import Policy, Scrub
from cds.privacy.leaving.run import Run


@dataclass(frozen=True, slots=True)
class Leaving:
    """What may leave, the account of it, and what may not."""

    resources: tuple[dict[str, Any], ...]
    manifest: Manifest
    refused: tuple[Refusal, ...] = ()


def transform(
    resources: Mapping[str, Any] | Iterable[Mapping[str, Any]],
    policy: Policy,
    *,
    scrub: Scrub | None = None,
) -> Leaving:
    """Return resources as they may leave under a policy; a bundle is one resource that holds others.

    They belong together: each patient's texts are scrubbed with all names that these resources tell, tokens
    are consistent among them, and under `safe_harbor` nothing can be joined with another call's.
    Raises `SettingsError` where the policy does not make sense.
    """
    run = Run.begin(policy, scrub=scrub)
    try:
        made, refused = run.together([resources] if isinstance(resources, Mapping) else resources)
        return Leaving(tuple(made), run.manifest(), tuple(refused))
    finally:
        run.close()
