"""The cards that say what was not checked, so that silence is never taken for "all clear"."""

from collections.abc import Sequence

from cds.hooks.cards import Card, plain, shorten
from cds.services.base import Gap, ServiceSettings

NOT_CHECKED = "NOTchecked"
"""The topic of the card that names gaps."""
_SHOWN = 12


def gap_card(gaps: Sequence[Gap], *, settings: ServiceSettings, title: str, uuid: str) -> Card:
    """Return one info card that names every gap of an answer."""
    named = list(dict.fromkeys((g.what, g.why) for g in gaps))
    lines = [f"- **{plain(what)}:** {plain(why)}" for what, why in named[:_SHOWN]]
    if len(named) > _SHOWN:
        lines.append(f"- and {len(named) - _SHOWN} more")
    things = ", ".join(dict.fromkeys(what for what, _ in named))
    return Card(
        uuid=uuid,
        summary=shorten(f"{title}: not everything could be checked ({things})"),
        indicator="info",
        source=settings.source(NOT_CHECKED, display="Not checked"),
        detail="**Not checked or left out, so a missing card says nothing about it:**\n\n" + "\n".join(lines),
        findings=tuple({"rule": "not-checked", "item": what, "reason": why} for what, why in named),
        about="gap",
    )


def switched_off_card(text: str, *, settings: ServiceSettings, title: str, uuid: str) -> Card:
    """Return the card of a service that its organisation has switched off."""
    return Card(
        uuid=uuid,
        summary=shorten(text),
        indicator="info",
        source=settings.source("SWITCHEDoff", display="Switched off"),
        detail=f"**{plain(title)}** is switched off by your organisation. Nothing was checked.",
        about="gap",
    )
