"""Refusals: what the sandbox answers instead of data, always as an OperationOutcome.

Texts name parameters and types, never the values a client sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

# What went wrong, in words a vendor translates into its own code.
Trouble = Literal[
    "unknown-parameter",
    "invalid-value",
    "missing-parameter",
    "too-many",
    "expired-page",
    "not-found",
    "forbidden",
    "no-results",
    "partial-record",
    "other",
]


@dataclass(eq=False)
class Refusal(Exception):
    """A request the sandbox does not carry out, with its HTTP status and FHIR issue code."""

    status: int
    code: str
    text: str
    trouble: Trouble = "other"
    headers: Mapping[str, str] = field(default_factory=dict)
    empty: bool = False  # a vendor that sends the status with no body


@dataclass(frozen=True)
class VendorCode:
    """The code a vendor puts into `issue.details` for one kind of trouble."""

    code: str
    severity: Literal["fatal", "error", "warning", "information"] = "fatal"


def invalid(text: str, *, trouble: Trouble = "invalid-value") -> Refusal:
    """Make the 400 for a value or request that cannot be read."""
    return Refusal(400, "invalid", text, trouble)


def not_found(text: str) -> Refusal:
    """Make the 404 for a resource that is not here."""
    return Refusal(404, "not-found", text, "not-found")


def forbidden(text: str) -> Refusal:
    """Make the 403 for a token that does not reach this far."""
    return Refusal(403, "forbidden", text, "forbidden")


def issue(
    code: str,
    text: str,
    *,
    severity: str = "error",
    vendor: VendorCode | None = None,
    system: str | None = None,
) -> dict[str, Any]:
    """Build one issue; a vendor code brings its own severity and goes into `details`."""
    built: dict[str, Any] = {"severity": vendor.severity if vendor else severity, "code": code}
    if vendor:
        built["details"] = {"coding": [{"system": system, "code": vendor.code}], "text": text}
    built["diagnostics"] = text
    return built


def outcome(*issues: dict[str, Any]) -> dict[str, Any]:
    """Wrap issues into an OperationOutcome."""
    return {"resourceType": "OperationOutcome", "issue": list(issues)}
