"""Every way a call can fail, as one tree; each error knows its HTTP status.

```
CdsError                      500
├── BadRequest                400   the request is not of its form; `pointer` names the place
├── Unauthorized              401   constant body, the reason goes to the audit only
├── Forbidden                 403   a known caller without right to this
├── NotFound                  404
├── MethodNotAllowed          405
├── NotAcceptable             406
├── Conflict                  409
├── Precondition              412   data that the service needs could not be had; or If-Match failed
├── TooLarge                  413
├── UnsupportedMedia          415
├── Preconditioned            428   a write without If-Match
├── TooMany                   429
├── Unavailable               503   a key, model, store or key set is away; carries Retry-After
└── SettingsError             (start-up) the settings or what was installed do not fit
```
"""

from typing import Any

LATE = "the time for this answer ran out"
"""Why something was not checked that there was no time left for."""


class CdsError(Exception):
    """The base: a message for people, an issue code of FHIR, a JSON pointer where there is one.

    `message` never holds patient data, tokens or keys. `audit` may hold what the caller must not learn.
    """

    status = 500
    code = "exception"
    title = "Internal error"

    def __init__(self, message: str, *, pointer: str = "", audit: str = "", **extra: Any) -> None:
        super().__init__(message)
        self.message = message
        self.pointer = pointer
        self.audit = audit or message
        self.extra = extra


class BadRequest(CdsError):
    """The request is not of its form."""

    status = 400
    code = "invalid"
    title = "Bad request"


class Unauthorized(CdsError):
    """Who calls is not known; the answer says nothing more."""

    status = 401
    code = "login"
    title = "Unauthorized"

    def __init__(self, audit: str) -> None:
        super().__init__("Unauthorized", audit=audit)


class Forbidden(CdsError):
    """The caller is known and may not do this."""

    status = 403
    code = "forbidden"
    title = "Forbidden"


class NotFound(CdsError):
    """There is no such thing here."""

    status = 404
    code = "not-found"
    title = "Not found"


class MethodNotAllowed(CdsError):
    """This address does not take this method."""

    status = 405
    code = "not-supported"
    title = "Method not allowed"


class NotAcceptable(CdsError):
    """The answer cannot be given in a form the caller accepts."""

    status = 406
    code = "not-supported"
    title = "Not acceptable"


class Conflict(CdsError):
    """The state of the thing does not allow this."""

    status = 409
    code = "conflict"
    title = "Conflict"


class Precondition(CdsError):
    """What had to hold before does not."""

    status = 412
    code = "required"
    title = "Precondition failed"


class TooLarge(CdsError):
    """The body, its depth or its number of entries is over the limit."""

    status = 413
    code = "too-long"
    title = "Too large"


class UnsupportedMedia(CdsError):
    """The body is not sent as JSON."""

    status = 415
    code = "not-supported"
    title = "Unsupported media type"


class Preconditioned(CdsError):
    """A write came without the If-Match header that protects against lost updates."""

    status = 428
    code = "required"
    title = "Precondition required"


class TooMany(CdsError):
    """Too many requests; `retry_after` seconds say when to come back."""

    status = 429
    code = "throttled"
    title = "Too many requests"

    def __init__(self, message: str, *, retry_after: int = 1) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(CdsError):
    """A part that is needed is away; nothing was checked."""

    status = 503
    code = "transient"
    title = "Service unavailable"

    def __init__(self, message: str, *, retry_after: int = 5, audit: str = "") -> None:
        super().__init__(message, audit=audit)
        self.retry_after = retry_after


class SettingsError(CdsError):
    """The settings, the environment or what is installed do not fit; said at start-up, exit code 2."""

    title = "Settings"
