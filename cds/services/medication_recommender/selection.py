"""Which findings are said, on how many cards, and how the few suggestions are shared among them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cds.services.base import Case, Gap
from models.base import Finding

_EACH = 2
"""Drafts that one guideline card offers at most: the therapy and one like it."""


@dataclass(frozen=True)
class Plan:
    """What is said: rules with the number of drafts each may offer, learned items, and what is left out."""

    rules: tuple[tuple[Finding, int], ...] = ()
    learned: tuple[Finding, ...] = ()
    further: tuple[str, ...] = ()
    """Rules that are open too and have no card here."""
    gaps: tuple[Gap, ...] = ()


def plan(found: Sequence[Finding], case: Case, options: Mapping[str, Any], *, room: int) -> Plan:
    """Return what to say of findings: rules first, one card each, learned items on one card."""
    told = [f for f in found if not _withheld(f, case)]
    rules = [f for f in told if f.kind == "rule" and f.applies]
    learned = [f for f in told if f.kind == "model" and f.applies]
    gaps = [Gap(f.title, f.notes[0]) for f in told if f.kind == "model" and not f.applies]
    gaps += _undecided(told)
    if case.record.list_state("medication") in ("empty", "null"):
        rules, learned, more = _unsaid(rules)
        gaps += more
    drugs = [f for f in rules if not f.detail["vaccine"]]
    vaccines = [f for f in rules if f.detail["vaccine"]] if options["vaccines"] else []
    # One visit to the vaccine cupboard is one decision: the most pressing speaks, the others are named there.
    wanted = [*drugs, *vaccines[:1]]
    most = min(options["suggestions"], max(room, 1))
    shown = wanted[:most]
    left = options["suggestions"] - len(shown)
    items = learned[: left if len(shown) < room else 0]
    shares = _shares(shown, left - len(items))
    further = [f.detail["consider"] for f in wanted[most:]] + [vaccine(f) for f in vaccines[1:]]
    each = tuple(zip(shown, shares, strict=True))
    return Plan(each, tuple(items), tuple(dict.fromkeys(further)), tuple(gaps))


def _withheld(finding: Finding, case: Case) -> bool:
    """Tell whether a finding rests on what is labelled sensitive; what it was only held against may count."""
    told = (line.ref for line in finding.inputs if line.name != "checked")
    return bool(case.restricted) and any(ref in case.restricted for ref in told)


def _undecided(found: Sequence[Finding]) -> list[Gap]:
    """Return the rules that lack a list; a missing result is no reason to interrupt."""
    return [
        Gap(f.title, f"the list of {name} did not arrive whole")
        for f in found
        if f.kind == "rule" and not f.applies
        for name in ("medications", "conditions")
        if name in f.missing
    ]


def _unsaid(rules: Sequence[Finding]) -> tuple[list[Finding], list[Finding], list[Gap]]:
    """Return what may be said where the drug list is empty: nothing taken, or nothing entered."""
    drugs = [f for f in rules if not f.detail["vaccine"]]
    why = "the drug list is empty: confirm what is taken"
    gaps = [Gap(f"{f.detail['consider']} ({guideline(f)})", why) for f in drugs]
    return [f for f in rules if f.detail["vaccine"]], [], gaps


def _shares(shown: Sequence[Finding], spare: int) -> list[int]:
    """Return how many drafts each card may offer: one each, then a second where some are left."""
    shares = []
    for finding in shown:
        more = min(spare, _EACH - 1, len(offered(finding)) - 1)
        more = max(more, 0)
        spare -= more
        shares.append(1 + more)
    return shares


def offered(finding: Finding) -> list[Mapping[str, Any]]:
    """Return the therapies of a rule that may be drafted: the safest first, none that is blocked."""
    rank = {"ok": 0, "caution": 1}
    return sorted(
        (one for one in finding.detail["options"] if one["verdict"] in rank),
        key=lambda one: rank[one["verdict"]],
    )


def guideline(finding: Finding) -> str:
    """Return what a rule's guideline is called, without the strength of its recommendation."""
    return str(finding.detail["guideline"].removesuffix(f", {finding.reached['strength']}"))


def called(option: Mapping[str, Any]) -> str:
    """Return what a therapy is called: with its salt, where the guideline means that one."""
    if option["draft"] is None or "/" in option["name"]:
        return str(option["name"])
    return re.split(r" (?=\d|oral|nasal)", option["draft"]["product"])[0]


def vaccine(finding: Finding) -> str:
    """Return what a vaccine is called, without what is said of its kinds."""
    return str(finding.detail["options"][0]["name"]).partition(" (")[0]
