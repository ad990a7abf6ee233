"""The page on privacy says what the rules do, because it is written from them."""

from pathlib import Path

import pytest

from cds.privacy.leaving.rules import Rule, Table, actions, load
from cds.privacy.leaving.table import CLASSES, paths, rendered, written

PAGE = Path(__file__).parents[4] / "docs" / "privacy.md"


def test_the_tables_of_the_page_are_up_to_date():
    """Run `python -m cds.privacy.leaving.table` where this fails."""
    page = PAGE.read_text(encoding="utf-8")
    assert written(page) == page


def test_each_of_the_eighteen_identifiers_has_its_row():
    assert len(CLASSES) == 18
    for letter, name in CLASSES.items():
        assert f"| ({letter}) {name} |" in rendered()


def test_every_member_of_the_rules_is_counted_once():
    def count(table):
        members = (w for n, w in table.members.items() if n != "@also")
        return sum(count(w) if isinstance(w, Table) else isinstance(w, Rule) for w in members)

    rules = load()
    members = sum(map(count, (*rules.types.values(), *rules.shared.values())))
    found = paths()
    assert sum(map(len, found.values())) == members + len(rules.extensions) + len(rules.types)


def test_every_action_is_named_for_something():
    unused = [name for name, found in paths().items() if not found and name in actions()]
    assert unused == []


def test_a_page_without_marks_is_refused():
    with pytest.raises(ValueError, match="marks"):
        written("# Privacy")


def test_the_page_never_claims_what_nobody_can_promise():
    page = " ".join(PAGE.read_text(encoding="utf-8").casefold().split())
    assert "transformed by the safe harbor policy" in page
    assert "hipaa compliant" not in page.replace("-", " ")
