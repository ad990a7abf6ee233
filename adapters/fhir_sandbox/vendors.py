"""How the servers of four vendors differ, as data.

Sources: the public documentation of HAPI FHIR, the SMART sandbox, Oracle Health Millennium and Epic, and what
they answer. The codes are theirs, the words beside them ours. Change one habit with `dataclasses.replace`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from adapters.fhir_sandbox.outcomes import Trouble, VendorCode

ALL_PREFIXES = frozenset({"eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"})


@dataclass(frozen=True)
class Vendor:
    """One server's habits."""

    name: str
    require_token: bool = False
    json_accept_required: bool = False  # anything but a JSON Accept is a 406 without a body
    default_count: int = 20
    max_count: int = 200  # a larger `_count` is cut down without a word
    count_ignored_with_id: bool = False
    total: Literal["always", "never", "one-page"] = "always"
    paging: Literal["getpages", "offset", "page-context", "session"] = "offset"
    page_overlap: int = 0  # how many entries of a page come again on the next one
    page_seconds: float = 600.0  # life of an opaque next link
    expired_page_status: int = 410
    max_results: int | None = None  # more matches than this are an error
    patient_required: bool = False  # searches in the patient compartment need patient, subject or _id
    unknown_parameter: Literal["ignore", "warn", "refuse"] = "ignore"
    date_prefixes: frozenset[str] = ALL_PREFIXES
    notice: bool = False  # each searchset carries an OperationOutcome entry
    code_system: str | None = None
    codes: Mapping[Trouble, VendorCode] = field(default_factory=dict)


HAPI = Vendor("hapi", total="one-page", paging="getpages")

SMART = Vendor("smart", default_count=50, paging="offset")

ORACLE = Vendor(
    "oracle",
    json_accept_required=True,
    default_count=50,
    count_ignored_with_id=True,
    total="never",
    paging="page-context",
    page_overlap=1,
    patient_required=True,
    unknown_parameter="refuse",
)

EPIC = Vendor(
    "epic",
    require_token=True,
    default_count=100,
    max_count=1000,
    paging="session",
    expired_page_status=400,
    max_results=100,
    patient_required=True,
    unknown_parameter="refuse",
    date_prefixes=frozenset({"eq", "lt", "le", "gt", "ge"}),
    notice=True,
    code_system="urn:oid:1.2.840.114350.1.13.0.1.7.2.657369",
    codes={
        "unknown-parameter": VendorCode("4100"),
        "invalid-value": VendorCode("4115"),
        "missing-parameter": VendorCode("4111"),
        "too-many": VendorCode("4127"),
        "expired-page": VendorCode("4113"),
        "not-found": VendorCode("4102"),
        "forbidden": VendorCode("4118"),
        "no-results": VendorCode("4101", "warning"),
        "partial-record": VendorCode("4119", "warning"),
    },
)

VENDORS: Mapping[str, Vendor] = {vendor.name: vendor for vendor in (HAPI, SMART, ORACLE, EPIC)}


def vendor_named(name: str) -> Vendor:
    """Look a vendor up, or raise ValueError naming those there are."""
    try:
        return VENDORS[name]
    except KeyError:
        raise ValueError(f"no vendor {name!r}; choose one of {', '.join(VENDORS)}") from None
