"""An installation and a service for the tests of the doctor."""

import json
import time
from email.utils import formatdate

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from adapters.keys_file import FileKeys
from cds.settings import load
from cds.wiring import build

ORIGIN = "https://ehr.example"


class Clock:
    """The time of this machine."""

    def now(self):
        return time.time()

    def monotonic(self):
        return time.monotonic()


def public_jwk(kind="EC"):
    """Make a public key as JWK."""
    if kind == "EC":
        jwk = ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP384R1()).public_key(), as_dict=True)
    else:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        jwk = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {**jwk, "kid": f"{kind}-1"}


def client(**changes):
    """Give the registration of one EHR."""
    jwks = {"keys": [public_jwk()]}
    origins = {"fhir_origins": [f"{ORIGIN}/fhir"], "cors_origins": [ORIGIN]}
    return {"id": "ehr", "issuer": ORIGIN, "jwks": jwks, **origins} | changes


def install(folder, *, document=None, started=True, **changes):
    """Make an installation that has been started once, and give its settings file."""
    seed = folder / "seed.json"
    seed.write_text(json.dumps({"clients": [client()]} if document is None else document))
    lines = {
        "mode": "serve",
        "base_url": "https://cds.example",
        "data": "data",
        "seed": "seed.json",
    } | changes
    path = folder / "clinicards.toml"
    path.write_text("\n".join(f"{key} = {json.dumps(value)}" for key, value in lines.items()))
    (folder / "data").mkdir()
    FileKeys.create(folder / "data" / "keys.json")
    if started:
        build(load(path)).close()
    return path


def service(*, origin=ORIGIN, lacking="", status=200, date=None, body=None):
    """Give a CDS service as a WSGI application whose CORS headers may lack something.

    `lacking`: `METHOD header`, `METHOD` being OPTIONS or any.
    """
    method_lacking, _, header_lacking = lacking.partition(" ")
    found = {"services": [{"id": "example", "hook": "patient-view", "description": "x"}]}

    def app(environ, start):
        method = environ["REQUEST_METHOD"]
        headers = {"Content-Type": "application/json", "Date": date or formatdate(usegmt=True)}
        if environ.get("HTTP_ORIGIN") == origin:
            headers |= {
                "Access-Control-Allow-Origin": origin,
                "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
                "Access-Control-Allow-Headers": "authorization, content-type",
            }
        if method == method_lacking:
            headers.pop(header_lacking, None)
        sent = 204 if method == "OPTIONS" else status if method == "GET" else 400
        start(f"{sent} X", list(headers.items()))
        return [b"" if method == "OPTIONS" else (json.dumps(found).encode() if body is None else body)]

    return app
