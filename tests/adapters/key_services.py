"""Stand-ins for key services: one in memory, and two that speak as AWS KMS and Vault do over HTTP.

What they answer was written down from the services' own API references; both bind their context.
"""

import base64
import os
from collections.abc import Mapping
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from loopback import Asked, Reply

from adapters.keys_service import ServiceAway
from adapters.ports import KeyFailure


class MemoryService:
    """A key service in memory that counts what it is asked and can be away or refuse."""

    def __init__(self, name: str = "memory:key") -> None:
        self.name = name
        self._cipher = AESGCM(os.urandom(32))
        self.asked: list[str] = []
        self.trouble: Exception | None = None

    def wrap(self, key: bytes, context: Mapping[str, str]) -> str:
        self._count("wrap")
        nonce = os.urandom(12)
        return base64.b64encode(nonce + self._cipher.encrypt(nonce, key, _bytes(context))).decode()

    def unwrap(self, wrapped: str, context: Mapping[str, str]) -> bytes:
        self._count("unwrap")
        data = base64.b64decode(wrapped)
        try:
            return self._cipher.decrypt(data[:12], data[12:], _bytes(context))
        except InvalidTag:
            raise KeyFailure("the service refused") from None

    def go_away(self) -> None:
        self.trouble = ServiceAway("the service is away")

    def refuse(self) -> None:
        self.trouble = KeyFailure("the key is disabled")

    def come_back(self) -> None:
        self.trouble = None

    def _count(self, act: str) -> None:
        self.asked.append(act)
        if self.trouble:
            raise self.trouble


class AwsServer:
    """Answers TrentService.Encrypt and Decrypt (AWS JSON 1.1)."""

    def __init__(self) -> None:
        self._cipher = AESGCM(os.urandom(32))
        self.contexts: list[Mapping[str, str]] = []
        self.failure: tuple[int, str] | None = None

    def __call__(self, asked: Asked) -> Reply:
        assert asked.headers["authorization"].startswith("AWS4-HMAC-SHA256 ")
        if self.failure:
            status, code = self.failure
            return _json({"__type": code, "message": "no"}, status)
        body = orjson.loads(asked.body)
        self.contexts.append(body["EncryptionContext"])
        bound = _bytes(body["EncryptionContext"])
        if asked.headers["x-amz-target"] == "TrentService.Encrypt":
            nonce = os.urandom(12)
            sealed = nonce + self._cipher.encrypt(nonce, base64.b64decode(body["Plaintext"]), bound)
            return _json({"CiphertextBlob": _text(sealed), "KeyId": body["KeyId"]})
        data = base64.b64decode(body["CiphertextBlob"])
        try:
            plain = self._cipher.decrypt(data[:12], data[12:], bound)
        except InvalidTag:
            return _json({"__type": "InvalidCiphertextException"}, 400)
        return _json({"Plaintext": _text(plain), "KeyId": body["KeyId"]})


class VaultServer:
    """Answers batches at /v1/transit/encrypt and decrypt."""

    def __init__(self) -> None:
        self._cipher = AESGCM(os.urandom(32))
        self.tokens: list[str] = []
        self.failure: int = 0

    def __call__(self, asked: Asked) -> Reply:
        self.tokens.append(asked.headers["x-vault-token"])
        if self.failure:
            return _json({"errors": ["no"]}, self.failure)
        assert asked.path in {"/v1/transit/encrypt/clinicards", "/v1/transit/decrypt/clinicards"}
        (item,) = orjson.loads(asked.body)["batch_input"]
        bound = base64.b64decode(item["associated_data"])
        if "/encrypt/" in asked.path:
            nonce = os.urandom(12)
            sealed = nonce + self._cipher.encrypt(nonce, base64.b64decode(item["plaintext"]), bound)
            return _results({"ciphertext": f"vault:v1:{_text(sealed)}", "key_version": 1})
        data = base64.b64decode(item["ciphertext"].removeprefix("vault:v1:"))
        try:
            return _results({"plaintext": _text(self._cipher.decrypt(data[:12], data[12:], bound))})
        except InvalidTag:
            return _results({"error": "cipher: message authentication failed"}, 400)


def _results(item: Mapping[str, Any], status: int = 200) -> Reply:
    return _json({"data": {"batch_results": [item]}}, status)


def _json(document: Any, status: int = 200) -> Reply:
    return Reply(status, orjson.dumps(document), {"content-type": "application/x-amz-json-1.1"})


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(context: Mapping[str, str]) -> bytes:
    return orjson.dumps(dict(context), option=orjson.OPT_SORT_KEYS)
