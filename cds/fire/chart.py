"""Where the EHR that fires has its data: a FHIR server with the token it may be read with."""

from dataclasses import dataclass, field
from typing import Any

from adapters.ports import AddressRefused, Bundle, Ehr, EhrAccess, EhrError, EhrNotFound, EhrRefused
from cds.fire.errors import CannotFire
from cds.fire.transport import shown


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
            raise CannotFire(
                f"{where} has no Patient of this id; look one up there, or check --patient"
            ) from None
        except AddressRefused as error:
            raise CannotFire(f"{where} may not be read: {error}") from None
        except EhrRefused as error:
            raise CannotFire(
                f"{where} wants a token ({error}); give --smart-client-id and --smart-key "
                "for SMART Backend Services"
            ) from None
        except EhrError as error:
            raise CannotFire(
                f"the Patient could not be read from {where}: {error}. Tried once within {self.seconds:g} s; "
                "check the network and the address, or use --fhir-server demo, which needs none"
            ) from None
