"""What may go wrong outside, by name."""


class PortError(Exception):
    """Something outside could not do what was asked; the message holds no patient data, token or key."""


class EhrError(PortError):
    """The FHIR server did not give what was asked; `what` is the path asked for with values removed."""

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class EhrTimeout(EhrError):
    """The FHIR server did not answer in time."""


class EhrRefused(EhrError):
    """The FHIR server answered 401 or 403: the token is not good for this."""


class EhrNotFound(EhrError):
    """The FHIR server answered 404 or 410."""


class EhrUnavailable(EhrError):
    """The FHIR server could not be reached, failed (5xx), or asked to wait longer than there is time."""


class EhrBadAnswer(EhrError):
    """The FHIR server answered with something that is not the FHIR JSON asked for, or left its own base."""


class AddressRefused(EhrError):
    """The address is not one this client may be sent to (origin, scheme or network range)."""


class KeyFailure(PortError):
    """A key is unknown, destroyed, or the key service is away."""


class KeyMismatch(KeyFailure):
    """The key is there, and the wrapped data key does not open under it and this context."""


class StoreUnavailable(PortError):
    """The store could not be read or written."""


class StoreConflict(PortError):
    """Somebody else wrote first: the expected parent is not the newest revision."""


class NotStored(PortError):
    """There is no such row."""


class Replayed(PortError):
    """This token was used before."""


class KeySetUnavailable(PortError):
    """The issuer's keys could not be fetched and none are cached."""
