"""AWS KMS: `keys = "aws:KEY"` with a key's id, ARN or alias; credentials and region as boto3 finds them.

The extra `aws` brings boto3. The role needs kms:Encrypt and kms:Decrypt on the key, which may be limited to
the encryption context `clinicards = key-ring`.
"""

import base64
from collections.abc import Mapping
from typing import Any

from adapters.keys_service import CONNECT_SECONDS, READ_SECONDS, ServiceAway, decoded, missing
from adapters.ports import KeyFailure

_LATER = frozenset({"ThrottlingException", "KMSInternalException", "DependencyTimeoutException",
                    "KeyUnavailableException", "ServiceUnavailableException", "RequestTimeout"})  # fmt: skip
"""Errors of KMS that pass by themselves. Source: AWS KMS API reference, common errors and Decrypt."""


class AwsKms:
    """A symmetric key of AWS KMS."""

    def __init__(self, key: str, *, client: Any = None) -> None:
        """Use a key; `client` takes the place of the one made from the environment."""
        self._key = key
        self._client = client or _client(key)

    @property
    def name(self) -> str:
        """The service and the key."""
        return f"aws:{self._key}"

    def wrap(self, key: bytes, context: Mapping[str, str]) -> str:
        """Return a key encrypted by KMS, the context bound as its encryption context."""
        found = self._asked("encrypt", Plaintext=key, EncryptionContext=dict(context))
        return base64.b64encode(found["CiphertextBlob"]).decode()

    def unwrap(self, wrapped: str, context: Mapping[str, str]) -> bytes:
        """Return a key decrypted by KMS under this key and context only."""
        found = self._asked("decrypt", CiphertextBlob=decoded(wrapped), EncryptionContext=dict(context))
        plain: bytes = found["Plaintext"]
        return plain

    def _asked(self, act: str, **members: Any) -> Mapping[str, Any]:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            answer: Mapping[str, Any] = getattr(self._client, act)(KeyId=self._key, **members)
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
            kind = ServiceAway if code in _LATER or status >= 500 else KeyFailure
            raise kind(f"AWS KMS did not {act} ({code}): see the key, its policy and this role") from None
        except BotoCoreError as error:
            raise ServiceAway(
                f"AWS KMS could not be asked ({type(error).__name__}): see network, region and credentials"
            ) from None
        return answer


def _client(key: str) -> Any:
    try:
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError
    except ImportError:
        raise missing("boto3", extra="aws") from None
    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"total_max_attempts": 2, "mode": "standard"},
    )
    try:
        return boto3.client("kms", region_name=_region(key), config=config)
    except (BotoCoreError, ValueError) as error:
        raise KeyFailure(
            f"AWS KMS cannot be used ({type(error).__name__}): name the key by its ARN, or set AWS_REGION"
        ) from None


def _region(key: str) -> str | None:
    """Return the region of an ARN (`arn:aws:kms:REGION:ACCOUNT:key/ID`), None where boto3 must find it."""
    parts = key.split(":")
    return parts[3] if key.startswith("arn:") and len(parts) > 5 and parts[3] else None
