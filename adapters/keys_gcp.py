"""Google Cloud KMS: `keys = "gcp:projects/P/locations/L/keyRings/R/cryptoKeys/K"`.

The extra `gcp` brings google-cloud-kms, which finds the account. It needs the role
Cloud KMS CryptoKey Encrypter/Decrypter.
"""

import base64
from collections.abc import Mapping
from typing import Any

from adapters.keys_service import READ_SECONDS, ServiceAway, context_bytes, decoded, missing
from adapters.ports import KeyFailure

_LATER = frozenset({408, 429})


class GcpKms:
    """A symmetric key of Google Cloud KMS."""

    def __init__(self, key: str, *, client: Any = None) -> None:
        """Use a key by its resource name; `client` takes the place of the one made from the environment."""
        self._key = key
        self._client = client or _client()

    @property
    def name(self) -> str:
        """The service and the key."""
        return f"gcp:{self._key}"

    def wrap(self, key: bytes, context: Mapping[str, str]) -> str:
        """Return a key encrypted by KMS, the context bound as additional authenticated data."""
        found = self._asked("encrypt", plaintext=key, additional_authenticated_data=context_bytes(context))
        return base64.b64encode(found.ciphertext).decode()

    def unwrap(self, wrapped: str, context: Mapping[str, str]) -> bytes:
        """Return a key decrypted by KMS."""
        found = self._asked(
            "decrypt", ciphertext=decoded(wrapped), additional_authenticated_data=context_bytes(context)
        )
        plain: bytes = found.plaintext
        return plain

    def _asked(self, act: str, **members: Any) -> Any:
        try:
            from google.api_core.exceptions import GoogleAPICallError, RetryError
            from google.auth.exceptions import GoogleAuthError
        except ImportError:
            raise missing("google-cloud-kms", extra="gcp") from None
        try:
            return getattr(self._client, act)(
                request={"name": self._key, **members}, timeout=READ_SECONDS, retry=None
            )
        except GoogleAPICallError as error:
            status, kind = int(error.code or 503), type(error).__name__
            later = status >= 500 or status in _LATER
            raise (ServiceAway if later else KeyFailure)(
                f"Google Cloud KMS did not {act} ({kind}): see the key and this account's role"
            ) from None
        except (RetryError, GoogleAuthError, OSError) as error:
            raise ServiceAway(
                f"Google Cloud KMS could not be asked ({type(error).__name__}): see network and credentials"
            ) from None


def _client() -> Any:
    try:
        from google.auth.exceptions import GoogleAuthError
        from google.cloud import kms
    except ImportError:
        raise missing("google-cloud-kms", extra="gcp") from None
    try:
        return kms.KeyManagementServiceClient()
    except GoogleAuthError as error:
        raise KeyFailure(
            f"Google Cloud KMS cannot be used ({type(error).__name__}): set GOOGLE_APPLICATION_CREDENTIALS"
        ) from None
