"""A store, a chain and an installed service for the tests of the configuration."""

from collections.abc import Mapping, Sequence
from typing import Any

from adapters.store_sql import SqlStore
from cds.config.revisions import Act
from cds.privacy.audit import AuditChain

ACT = Act(author="test", time=1_700_000_000.0, message="why")
TENANT = "default"


class Service:
    """An installed service with two thresholds that must be in order."""

    hooks = ("patient-view", "encounter-start")
    options: Mapping[str, Any] = {"warning_at": 10, "critical_at": 20}

    def check_options(self, options: Mapping[str, Any]) -> Sequence[str]:
        """Ask for the order of the thresholds."""
        if options["warning_at"] < options["critical_at"]:
            return []
        return ["warning_at must lie below critical_at"]


SERVICES = {"clinical-scores": Service(), "medication-safety": Service()}


def keeper(store: SqlStore, tenant: str = TENANT):
    """Return what stores a revision with its audit entry, as the recorder does."""
    chain = AuditChain("w1", b"k" * 32)

    def keep(row, body):
        return store.publish(tenant, row, entries=[chain.append("config", body, row.time)])

    return keep


EC_KEY = {
    "kty": "EC",
    "crv": "P-384",
    "kid": "one",
    "alg": "ES384",
    "x": "iA7lWQLzVrKGEFjfGMfMHfTEZ2KnLiKU7JuNT3E7ygsfE7ygsl6lT0bR8tJ6kZ5S",
    "y": "oGJDl7sOCmi-x9u-tBnPwr4dJvdG2nAjjLv9zHvXb3bmdzqc4XvUjIr0TfQfNh0E",
}


def client(id: str = "ehr", **more: Any) -> dict[str, Any]:
    """Return a client's registration."""
    return {"id": id, "issuer": f"https://{id}.example", "jwks_url": f"https://{id}.example/keys", **more}
