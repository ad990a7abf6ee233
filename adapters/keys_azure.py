"""Azure Key Vault: `keys = "azure:https://VAULT.vault.azure.net/keys/KEY"`.

The extra `azure` brings azure-keyvault-keys and azure-identity, which finds the identity. It needs
the role Key Vault Crypto User. The key is an RSA key; wrapping is RSA-OAEP with SHA-256, which takes no
associated data: the context is bound by the ring's own seal alone. The version that wrapped is kept with the
wrapped key and asked for again.
"""

import base64
from collections.abc import Callable, Mapping
from typing import Any

from adapters.keys_service import CONNECT_SECONDS, READ_SECONDS, ServiceAway, decoded, missing
from adapters.ports import KeyFailure

_LATER = frozenset({408, 429})
Clients = Callable[[str], Any]
"""From a key's identifier to azure.keyvault.keys.crypto.CryptographyClient."""


class AzureKeyVault:
    """An RSA key of Azure Key Vault or Managed HSM."""

    def __init__(self, key: str, *, clients: Clients | None = None) -> None:
        """Use a key by its identifier; `clients` takes the place of those made from the environment."""
        if not key.startswith("https://") or "/keys/" not in key:
            raise KeyFailure('write `keys = "azure:https://VAULT.vault.azure.net/keys/KEY"`')
        self._key = key
        self._clients = clients or _clients()

    @property
    def name(self) -> str:
        """The service and the key."""
        return f"azure:{self._key}"

    def wrap(self, key: bytes, context: Mapping[str, str]) -> str:  # noqa: ARG002 - RSA takes no context
        """Return a key wrapped by the key's newest version, with that version's identifier."""
        found = self._asked("wrap_key", self._key, key)
        return f"{found.key_id} {base64.b64encode(found.encrypted_key).decode()}"

    def unwrap(self, wrapped: str, context: Mapping[str, str]) -> bytes:  # noqa: ARG002 - RSA takes no context
        """Return a key unwrapped by the version that wrapped it."""
        version, _, text = wrapped.partition(" ")
        if version != self._key and not version.startswith(f"{self._key}/"):
            raise KeyFailure("the ring was wrapped by another key than the settings name: correct `keys`")
        plain: bytes = self._asked("unwrap_key", version, decoded(text)).key
        return plain

    def _asked(self, act: str, key: str, content: bytes) -> Any:
        try:
            from azure.core.exceptions import AzureError, HttpResponseError
            from azure.keyvault.keys.crypto import KeyWrapAlgorithm
        except ImportError:
            raise missing("azure-keyvault-keys", extra="azure") from None
        try:
            return getattr(self._clients(key), act)(KeyWrapAlgorithm.rsa_oaep_256, content)
        except HttpResponseError as error:
            status = int(error.status_code or 0)
            later = status >= 500 or status in _LATER
            raise (ServiceAway if later else KeyFailure)(
                f"Azure Key Vault did not {act} ({status}): see the key and this identity's role"
            ) from None
        except (AzureError, OSError) as error:
            raise ServiceAway(
                f"Azure Key Vault could not be asked ({type(error).__name__}): see network and credentials"
            ) from None


def _clients() -> Clients:
    try:
        from azure.identity import DefaultAzureCredential
        from azure.keyvault.keys.crypto import CryptographyClient
    except ImportError:
        raise missing("azure-keyvault-keys", extra="azure") from None
    credential = DefaultAzureCredential()

    def client(key: str) -> Any:
        return CryptographyClient(
            key, credential, connection_timeout=CONNECT_SECONDS, read_timeout=READ_SECONDS, retry_total=1
        )

    return client
