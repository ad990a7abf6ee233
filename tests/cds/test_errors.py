"""The tree of errors: each knows its status, and the drawing is the code."""

import re

import pytest

from cds import errors
from cds.errors import CdsError, SettingsError, TooMany, Unauthorized, Unavailable

KINDS = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, CdsError)]


def test_the_drawing_of_the_tree_is_the_code() -> None:
    drawn = dict(
        re.findall(r"(?:├── |└── |^)(\w+) +(\d{3}|\(start-up\))", errors.__doc__ or "", re.MULTILINE)
    )
    real = {c.__name__: "(start-up)" if c is SettingsError else str(c.status) for c in KINDS}
    assert drawn == real


@pytest.mark.parametrize("kind", KINDS)
def test_each_error_says_itself_by_status_code_and_title(kind: type[CdsError]) -> None:
    made = kind("the place and the fix")
    assert 400 <= made.status <= 599
    assert made.title
    assert made.code
    assert "the place and the fix" in made.audit


def test_the_audit_may_know_more_than_the_caller() -> None:
    made = CdsError("for the caller", audit="for the audit", pointer="/x", keys=["a"])
    assert (made.message, made.audit, made.pointer, made.extra) == (
        "for the caller", "for the audit", "/x", {"keys": ["a"]},
    )  # fmt: skip
    assert CdsError("one").audit == "one"


def test_an_unauthorized_caller_learns_nothing() -> None:
    made = Unauthorized("aud is not this endpoint")
    assert (str(made), made.message, made.audit) == (
        "Unauthorized",
        "Unauthorized",
        "aud is not this endpoint",
    )


def test_who_is_to_come_back_is_told_when() -> None:
    assert TooMany("x", retry_after=7).retry_after == 7
    assert Unavailable("x").retry_after == 5
    assert Unavailable("x", audit="y").audit == "y"
