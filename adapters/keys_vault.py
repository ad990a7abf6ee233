"""HashiCorp Vault and OpenBao: `keys = "vault:MOUNT/KEY"`, a key of the transit engine.

The extra `vault` brings hvac, which finds VAULT_ADDR, VAULT_TOKEN, VAULT_NAMESPACE and VAULT_CACERT as the
`vault` command does. The token's policy needs `update` on MOUNT/encrypt/KEY and MOUNT/decrypt/KEY. The
context is bound as associated data, which transit takes for its AES-GCM and ChaCha20-Poly1305 keys.
"""

import base64
import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from adapters.keys_service import CONNECT_SECONDS, READ_SECONDS, ServiceAway, context_bytes, decoded, missing
from adapters.ports import KeyFailure

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class VaultTransit:
    """A key of Vault's transit engine."""

    def __init__(self, key: str, *, client: Any = None) -> None:
        """Use a key named `MOUNT/KEY`; `client` takes the place of the one made from the environment."""
        self._mount, _, self._key = key.rpartition("/")
        if not self._mount or not self._key:
            raise KeyFailure('write `keys = "vault:MOUNT/KEY"`, for example vault:transit/clinicards')
        self._client = client or _client()

    @property
    def name(self) -> str:
        """The service and the key."""
        return f"vault:{self._mount}/{self._key}"

    def wrap(self, key: bytes, context: Mapping[str, str]) -> str:
        """Return a key encrypted by Vault, as `vault:vN:...`."""
        item = {"plaintext": base64.b64encode(key).decode(), **_associated(context)}
        return str(self._asked("encrypt", item)["ciphertext"])

    def unwrap(self, wrapped: str, context: Mapping[str, str]) -> bytes:
        """Return a key decrypted by Vault."""
        item = {"ciphertext": wrapped, **_associated(context)}
        return decoded(str(self._asked("decrypt", item)["plaintext"]))

    def _asked(self, act: str, item: Mapping[str, str]) -> Mapping[str, Any]:
        """Send a batch of one: hvac hands its items on as they are, associated data included."""
        from hvac import exceptions as vault
        from requests import RequestException

        path = f"/v1/{self._mount}/{act}/{self._key}"
        try:
            answer = self._client.adapter.post(url=path, json={"batch_input": [dict(item)]})
            found: Mapping[str, Any] = answer["data"]["batch_results"][0]
        except (
            vault.InvalidRequest, vault.Unauthorized, vault.Forbidden, vault.InvalidPath,
            vault.UnsupportedOperation, vault.ParamValidationError, LookupError, TypeError,
        ) as error:  # fmt: skip
            raise _refused(act, type(error).__name__) from None
        except (vault.VaultError, RequestException) as error:
            raise _away(error) from None
        if found.get("error"):
            raise _refused(act, "not of this key and context")
        return found


def _associated(context: Mapping[str, str]) -> Mapping[str, str]:
    return {"associated_data": base64.b64encode(context_bytes(context)).decode()}


def _away(error: Exception) -> ServiceAway:
    return ServiceAway(
        f"Vault could not be asked ({type(error).__name__}): see VAULT_ADDR and whether it is sealed"
    )


def _refused(act: str, why: str) -> KeyFailure:
    return KeyFailure(f"Vault did not {act} ({why}): see the transit key, the token and its policy")


def _client() -> Any:
    try:
        import hvac
    except ImportError:
        raise missing("hvac", extra="vault") from None
    address = urlsplit(os.environ.get("VAULT_ADDR", ""))
    if address.scheme != "https" and address.hostname not in _LOOPBACK:
        raise KeyFailure("set VAULT_ADDR to Vault's https address; plain http is for loopback only")
    return hvac.Client(
        timeout=(CONNECT_SECONDS, READ_SECONDS),
        namespace=os.environ.get("VAULT_NAMESPACE") or None,
        allow_redirects=False,
    )
