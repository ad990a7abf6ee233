"""The demo: one process with an embedded store, synthetic patients, and a FHIR sandbox over HTTP."""

import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from adapters.fhir_folder import FolderEhr
from adapters.fhir_sandbox.app import FhirSandbox
from adapters.fhir_sandbox.server import RunningServer, serve
from adapters.fhir_sandbox.store import Store as Charts
from adapters.fhir_sandbox.store import load_store, patients_folder
from adapters.ports import Ehr
from cds import plugins
from cds.settings import Settings
from cds.wiring.build import Live, build, warm

VENDORS = ("hapi", "smart", "oracle", "epic")
PUBLIC_SANDBOXES: Mapping[str, str] = {
    "hapi": "https://hapi.fhir.org/baseR4",
    "smart": "https://r4.smarthealthit.org",
    "oracle": "https://fhir-open.cerner.com/r4/ec2458f2-1e24-41c8-b71b-0e701af7583d",
}
"""FHIR servers with synthetic data that anybody may read."""

_OFFICIAL_SANDBOX_KEY: Mapping[str, str] = {
    "kty": "EC",
    "use": "sig",
    "crv": "P-384",
    "kid": "44823f3d-0b01-4a6c-a80e-b9d3e8a7226f",
    "x": "dw_JGR8nB2I6XveNxUOl2qk699ZPLM2nYI5STSdiEl9avAkrm3CkfYMbrrjr8laB",
    "y": "Sm3mLE-n1zYNla_aiE3cb3nZsL51RbC7ysw3q8aJLxGm-hx79RPMYpITDjp7kgzy",
    "alg": "ES384",
}
"""The official CDS Hooks Sandbox's public key. Its private key is public too: trusted in demo mode only."""

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@dataclass(frozen=True)
class Demo:
    """A running demo."""

    live: Live
    charts: Charts
    sandboxes: Mapping[str, FhirSandbox]
    server: RunningServer
    private_key: Mapping[str, Any] = field(repr=False)
    """The key that `fire` and the playground sign with as the demo's own EHR."""
    _stack: ExitStack = field(repr=False)

    def fhir_base(self, vendor: str = "hapi") -> str:
        """Return the FHIR base of the sandbox with a vendor's behaviour."""
        return f"{self.server.url.rstrip('/')}/{vendor}"

    def close(self) -> None:
        """Stop everything and delete what the demo kept."""
        self._stack.close()


class _ByVendor:
    """One WSGI application in front of the sandboxes: `/hapi/...`, `/smart/...`, ..."""

    def __init__(self, sandboxes: Mapping[str, Wsgi]) -> None:
        self._sandboxes = sandboxes

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Hand a request to its vendor."""
        vendor, _, rest = environ.get("PATH_INFO", "").lstrip("/").partition("/")
        sandbox = self._sandboxes.get(vendor)
        if sandbox is None:
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [f"Choose a vendor's behaviour: {', '.join(self._sandboxes)}\n".encode()]
        inner = {
            **environ,
            "SCRIPT_NAME": f"{environ.get('SCRIPT_NAME', '')}/{vendor}",
            "PATH_INFO": f"/{rest}",
        }
        return sandbox(inner, start_response)


def start(
    *,
    bind: str = "127.0.0.1:8000",
    sandbox_port: int = 0,
    data: Path | None = None,
    patients: Path | None = None,
    fhir_servers: tuple[str, ...] = (),
    log_level: str = "warning",
) -> Demo:
    """Start the sandbox and build the parts of a demo."""
    stack = ExitStack()
    folder = data or Path(tempfile.mkdtemp(prefix="clinicards-demo-"))
    if data is None:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
    charts = load_store(patients or patients_folder(), shift=patients is None)
    sandboxes = {vendor: FhirSandbox(charts, vendor=vendor) for vendor in VENDORS}
    server = serve(_ByVendor(sandboxes), port=sandbox_port)
    stack.callback(server.close)
    private, public = _key_pair()
    origins = [f"{server.url.rstrip('/')}/{vendor}" for vendor in VENDORS]
    seed = folder / "seed.json"
    folder.mkdir(parents=True, exist_ok=True)
    seed.write_bytes(orjson.dumps(_document([*origins, *PUBLIC_SANDBOXES.values(), *fhir_servers], public)))
    settings = replace(
        Settings(),
        mode="demo",
        bind=bind,
        base_url=f"http://{bind}",
        data=folder,
        seed=seed,
        log_level=log_level,  # type: ignore[arg-type]  # checked by the command line
    )
    live = build(settings)
    warm(live.parts)
    stack.callback(live.close)
    return Demo(live, charts, sandboxes, server, private, stack)


def ehr_of(resources: Iterable[Mapping[str, Any]]) -> Ehr:
    """Return resources that somebody pasted as an EHR, for one request."""
    return FolderEhr(resources)


def _key_pair() -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a new ES384 key as private and public JWK."""
    key = ec.generate_private_key(ec.SECP384R1())
    about = {"kid": str(uuid4()), "alg": "ES384", "use": "sig"}
    private = {**ECAlgorithm.to_jwk(key, as_dict=True), **about}
    public = {**ECAlgorithm.to_jwk(key.public_key(), as_dict=True), **about}
    return private, public


_DEMO_DEADLINE_MS = 5_000
"""A demo may run on a busy laptop, beside the EHR it reads from: it waits longer than a hospital would."""
DEMO_ISSUER = "http://127.0.0.1/demo-ehr"


def _document(origins: list[str], public: Mapping[str, Any]) -> dict[str, Any]:
    """Return the first configuration of a demo: its own EHR and the official sandbox as clients."""
    own = {
        "id": "demo-ehr",
        "issuer": DEMO_ISSUER,
        "jwks": {"keys": [public]},
        "fhir_origins": list(dict.fromkeys(origins)),
    }
    official = {
        "id": "official-sandbox",
        "issuer": "https://sandbox.cds-hooks.org",
        "jwks": {"keys": [_OFFICIAL_SANDBOX_KEY]},
        "fhir_origins": list(dict.fromkeys(origins)),
        "cors_origins": ["https://sandbox.cds-hooks.org"],
    }
    patient = {"deadline_ms": _DEMO_DEADLINE_MS}
    return {"clients": [own, official], "services": dict.fromkeys(plugins.services(), patient)}
