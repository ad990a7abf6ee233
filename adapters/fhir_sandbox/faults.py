"""Ways to misbehave on purpose, so that clients can be tested against them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from adapters.fhir_sandbox.outcomes import invalid


@dataclass(frozen=True)
class Faults:
    """What goes wrong; `types` limits it to searches and reads of those resource types."""

    slow: float = 0.0  # seconds before the answer
    fail: tuple[int, ...] = ()  # statuses of the first answers, after which the sandbox is well again
    fail_always: int | None = None
    retry_after: int | None = None  # seconds named by a failure
    garbage: bool = False  # 200 with a body that is cut off
    empty: bool = False  # 200 without a body
    outcome: bool = False  # 200 with an OperationOutcome in place of the data
    wrong_patient: bool = False  # another patient's resource among or instead of those asked for
    missing_pages: bool = False  # every page after the first is gone
    endless_pages: bool = False  # the last page names itself as the next
    next_origin: str | None = None  # next links lead to this origin
    redirect: str | None = None  # every answer is a redirect to this URL
    types: frozenset[str] = frozenset()

    def concern(self, resource_type: str) -> bool:
        """Tell whether these faults touch a type."""
        return not self.types or resource_type in self.types


NO_FAULTS = Faults()


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(HTTPStatus(int(part)).value for part in text.split(","))


def _flag(text: str) -> bool:
    if text:
        raise ValueError("takes no value")
    return True


_READ: Mapping[str, Callable[[str], Any]] = {
    "slow": float,
    "fail": _numbers,
    "fail_always": lambda text: HTTPStatus(int(text)).value,
    "retry_after": int,
    "garbage": _flag,
    "empty": _flag,
    "outcome": _flag,
    "wrong_patient": _flag,
    "missing_pages": _flag,
    "endless_pages": _flag,
    "next_origin": str,
    "redirect": str,
    "types": lambda text: frozenset(text.split(",")),
}


def read_faults(text: str) -> Faults:
    """Read faults as a header writes them: `slow=0.5; fail=503,503; wrong_patient`."""
    members: dict[str, Any] = {}
    for part in filter(None, (piece.strip() for piece in text.split(";"))):
        name, _, value = part.partition("=")
        try:
            members[name] = _READ[name](value)
        except (KeyError, ValueError):
            raise invalid(f"X-Sandbox-Fault: each part must be one of {', '.join(_READ)}") from None
    return Faults(**members)
