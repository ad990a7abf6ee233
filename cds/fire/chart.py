"""Where the EHR that fires has its data: a FHIR server with the token it may be read with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from adapters.ports import AddressRefused, Bundle, Ehr, EhrAccess, EhrError, EhrNotFound, EhrRefused
from cds.fire.errors import CannotFire
from cds.fire.transport import shown

SERVERS: Mapping[str, str] = {
    "hapi": "https://hapi.fhir.org/baseR4",
    "smart": "https://r4.smarthealthit.org",
    "oracle": "https://fhir-open.cerner.com/r4/ec2458f2-1e24-41c8-b71b-0e701af7583d",
}
"""Public sandboxes with invented patients, by the word that `--fhir-server` takes."""

DEMO = "demo"
"""The word for the synthetic patients that come with this package."""


@dataclass(frozen=True, slots=True)
class Grant:
    """An access token and what the service is told of it."""

    token: str = field(repr=False)
    scope: str
    subject: str
    expires_in: int = 300
    patient: str = ""
    """Set where the token is bound to one patient."""

    def authorization(self) -> dict[str, Any]:
        """Return the `fhirAuthorization` of a call."""
        told = {
            "access_token": self.token,
            "token_type": "Bearer",
            "expires_in": self.expires_in,
            "scope": self.scope,
            "subject": self.subject,
        }
        return told | ({"patient": self.patient} if self.patient else {})


@dataclass(frozen=True)
class Chart:
    """A FHIR server to read from; `seconds` and `pages` are generous because public sandboxes are slow."""

    ehr: Ehr = field(repr=False)
    base: str
    grant: Grant | None = None
    seconds: float = 20.0
    pages: int = 50

    @property
    def access(self) -> EhrAccess:
        """Where and how to read."""
        token = self.grant.token if self.grant else ""
        return EhrAccess(self.base, token, max_pages=self.pages, max_bytes=60_000_000)

    def read(self, path: str) -> dict[str, Any]:
        """Return the resource at `Type/id`; raise `EhrError`."""
        return self.ehr.read(self.access, path, timeout=self.seconds)

    def search(self, query: str) -> Bundle:
        """Return what a search finds; raise `EhrError`."""
        return self.ehr.search(self.access, query, timeout=self.seconds)

    def patient(self, id: str) -> dict[str, Any]:
        """Return the Patient the call is about; raise `CannotFire` that says what was tried and the fix."""
        where = shown(self.base)
        try:
            return self.read(f"Patient/{id}")
        except EhrNotFound:
            raise CannotFire(f"{where} has no Patient of this id; look one up there, or check --patient") from None
        except AddressRefused as error:
            raise CannotFire(f"{where} may not be read: {error}") from None
        except EhrRefused as error:
            raise CannotFire(
                f"{where} wants a token ({error}); give --smart-client-id and --smart-key for SMART Backend Services"
            ) from None
        except EhrError as error:
            raise CannotFire(
                f"the Patient could not be read from {where}: {error}. Tried once within {self.seconds:g} s; "
                "check the network and the address, or use --fhir-server demo, which needs none"
            ) from None


def base_of(server: str) -> str:
    """Return the FHIR base of a preset's name or of a URL; raise `CannotFire` naming the presets."""
    if server in SERVERS:
        return SERVERS[server]
    if server.startswith(("http://", "https://")):
        return server.rstrip("/")
    raise CannotFire(f"--fhir-server is a URL or one of {', '.join([*SERVERS, DEMO])}, not {server!r}")
