"""What the sandbox says about itself: CapabilityStatement and SMART configuration."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from adapters.fhir_sandbox.parameters import Parameter, parameters_of, table
from adapters.fhir_sandbox.smart import ALGORITHMS
from adapters.fhir_sandbox.vendors import Vendor

Json = dict[str, Any]


def capability_statement(types: Iterable[str], *, vendor: Vendor, base: str, now: datetime) -> Json:
    """Describe the types, interactions and search parameters served."""
    rest: Json = {
        "mode": "server",
        "security": {"cors": True, "extension": [_oauth_uris(base)]},
        "resource": [_resource(kind) for kind in sorted({*types, *table()})],
    }
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": now.isoformat(timespec="seconds"),
        "kind": "instance",
        "software": {"name": "clinicards FHIR sandbox"},
        "implementation": {
            "description": f"synthetic patients, with the habits of {vendor.name}",
            "url": base,
        },
        "fhirVersion": "4.0.1",
        "format": ["json", "application/fhir+json"],
        "rest": [rest],
    }


def _oauth_uris(base: str) -> Json:
    return {
        "url": "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris",
        "extension": [{"url": "token", "valueUri": f"{base}/token"}],
    }


def _resource(resource_type: str) -> Json:
    described: Json = {
        "type": resource_type,
        "interaction": [{"code": code} for code in ("read", "create", "search-type")],
        "versioning": "versioned",
        "searchParam": [_parameter(name, one) for name, one in parameters_of(resource_type).items()],
    }
    included = [
        f"{resource_type}:{name}"
        for name, one in parameters_of(resource_type).items()
        if one.kind == "reference"
    ]
    if included:
        described["searchInclude"] = included
    if resource_type == "Patient":
        definition = "http://hl7.org/fhir/OperationDefinition/Patient-everything"
        described["operation"] = [{"name": "everything", "definition": definition}]
    return described


def _parameter(name: str, parameter: Parameter) -> Json:
    return {"name": name, "type": parameter.kind}


def smart_configuration(base: str) -> Json:
    """Describe the token endpoint as SMART App Launch asks."""
    return {
        "token_endpoint": f"{base}/token",
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
        "scopes_supported": ["system/*.rs"],
        "capabilities": ["client-confidential-asymmetric", "permission-v2"],
    }
