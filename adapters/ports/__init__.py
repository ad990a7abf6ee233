"""The doors to the outside world: small protocols, the rows they carry, and the errors they may raise.

Everything in `cds` speaks to these; only `cds.wiring` knows who stands behind them. An adapter raises the
errors of this package and no other, so that a failure always has a name.
"""

from adapters.ports.doors import AuditLog, Clock, Ehr, Keys, KeySets, ModelFiles, ReplayGuard, Store
from adapters.ports.errors import (
    AddressRefused,
    EhrBadAnswer,
    EhrError,
    EhrNotFound,
    EhrRefused,
    EhrTimeout,
    EhrUnavailable,
    KeyFailure,
    KeyMismatch,
    KeySetUnavailable,
    NotStored,
    PortError,
    Replayed,
    StoreConflict,
    StoreUnavailable,
)
from adapters.ports.rows import (
    AuditRow,
    Bundle,
    EhrAccess,
    FeedbackRow,
    RevisionRow,
    SealedRow,
    SentCard,
    TokenRow,
)

__all__ = [
    "AddressRefused",
    "AuditLog",
    "AuditRow",
    "Bundle",
    "Clock",
    "Ehr",
    "EhrAccess",
    "EhrBadAnswer",
    "EhrError",
    "EhrNotFound",
    "EhrRefused",
    "EhrTimeout",
    "EhrUnavailable",
    "FeedbackRow",
    "KeyFailure",
    "KeyMismatch",
    "KeySetUnavailable",
    "KeySets",
    "Keys",
    "ModelFiles",
    "NotStored",
    "PortError",
    "ReplayGuard",
    "Replayed",
    "RevisionRow",
    "SealedRow",
    "SentCard",
    "Store",
    "StoreConflict",
    "StoreUnavailable",
    "TokenRow",
]
