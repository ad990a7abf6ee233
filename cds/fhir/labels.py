"""Security labels: what a record itself marks as not for everybody who may see the rest.

Source: HL7 v3 Confidentiality and the sensitivity codes of ActCode, as `meta.security` carries them
(http://hl7.org/fhir/R4/security-labels.html).
"""

from collections.abc import Mapping
from typing import Any

_CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
_ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_SENSITIVE = """
BH COGN DVD EMOTDIS ETH ETHUD GDIS HIV MH MST OPIOIDUD PSY PSYTHPN SCA SDV SEX SPI STD SUD TBOO VIO
"""
_LABELS = frozenset(
    {(_CONFIDENTIALITY, "R"), (_CONFIDENTIALITY, "V"), *((_ACT_CODE, code) for code in _SENSITIVE.split())}
)


def restricted(resource: Mapping[str, Any]) -> bool:
    """Tell whether a resource is labelled restricted, very restricted or sensitive.

    The label of a Patient says how the person's whole chart is looked after (staff, public figures), not that
    one entry of it is sensitive.
    """
    meta = resource.get("meta")
    labels = meta.get("security") if isinstance(meta, dict) else None
    if not isinstance(labels, list) or resource.get("resourceType") == "Patient":
        return False
    return any(_marks(label) for label in labels)


def _marks(label: Any) -> bool:
    if not isinstance(label, dict):
        return False
    system, code = label.get("system"), label.get("code")
    return isinstance(system, str) and isinstance(code, str) and (system, code) in _LABELS
