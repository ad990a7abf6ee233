"""The adapters over the vendors' clients: real ones over HTTP where they are installed, else stand-ins."""

import base64
import builtins
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, ClassVar

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from key_services import AwsServer, VaultServer
from loopback import Answers, Reply, Server

from adapters.keys_aws import AwsKms
from adapters.keys_azure import AzureKeyVault
from adapters.keys_gcp import GcpKms
from adapters.keys_service import KeyService, ServiceAway, ServiceKeys
from adapters.keys_vault import VaultTransit
from adapters.ports import KeyFailure
from adapters.testing import check_adapter

CONTEXT = {"clinicards": "key-ring", "ring": "r"}
ARN = "arn:aws:kms:eu-central-1:111122223333:key/6f3f7a34-0000-4000-8000-000000000000"
GCP = "projects/p/locations/europe/keyRings/r/cryptoKeys/k"
AZURE = "https://ours.vault.azure.net/keys/clinicards"


def promises(service: KeyService, folder: Path) -> int:
    """Run the conformance kit on rings that a service opens."""
    ServiceKeys.create(service, folder / "keys.json")
    return check_adapter("keys", lambda: ServiceKeys(service, folder / "keys.json"))


def refusal(act: Callable[[], Any]) -> tuple[type[Exception], str]:
    with pytest.raises(KeyFailure) as refused:
        act()
    return type(refused.value), str(refused.value)


# --- AWS: boto3 over HTTP ----------------------------------------------------------------------------------


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[AwsServer, AwsKms]]:
    pytest.importorskip("boto3", reason="boto3 is not installed (extra aws)")
    answers = AwsServer()
    with Server(answers) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", server.origin)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-of-aws")
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        yield answers, AwsKms(ARN)


def test_a_ring_under_aws_keeps_every_promise(aws: tuple[AwsServer, AwsKms], tmp_path: Path) -> None:
    assert promises(aws[1], tmp_path) == 7
    assert {context["clinicards"] for context in aws[0].contexts} == {"key-ring"}


def test_aws_binds_the_encryption_context(aws: tuple[AwsServer, AwsKms]) -> None:
    wrapped = aws[1].wrap(b"k" * 32, CONTEXT)
    assert aws[1].unwrap(wrapped, CONTEXT) == b"k" * 32
    kind, words = refusal(lambda: aws[1].unwrap(wrapped, {**CONTEXT, "ring": "other"}))
    assert (kind, "InvalidCiphertextException" in words) == (KeyFailure, True)


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        ((400, "AccessDeniedException"), KeyFailure),
        ((400, "DisabledException"), KeyFailure),
        ((400, "ThrottlingException"), ServiceAway),
        ((500, "KMSInternalException"), ServiceAway),
        ((503, "SomethingNew"), ServiceAway),
    ],
)
def test_aws_away_is_told_apart_from_aws_refusing(aws, failure: tuple[int, str], kind: type) -> None:
    aws[0].failure = failure
    found, words = refusal(lambda: aws[1].wrap(b"k" * 32, CONTEXT))
    assert found is kind
    assert failure[1] in words
    assert "secret-of-aws" not in words


def test_aws_that_cannot_be_reached_is_away(monkeypatch: pytest.MonkeyPatch, aws) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", "http://127.0.0.1:1")
    found, words = refusal(lambda: AwsKms(ARN).wrap(b"k" * 32, CONTEXT))
    assert found is ServiceAway
    assert "EndpointConnectionError" in words


def test_aws_without_a_region_says_the_fix(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("boto3", reason="boto3 is not installed (extra aws)")
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    assert "set AWS_REGION" in refusal(lambda: AwsKms("alias/clinicards"))[1]


# --- Vault: hvac over HTTP ---------------------------------------------------------------------------------


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[VaultServer, VaultTransit]]:
    pytest.importorskip("hvac", reason="hvac is not installed (extra vault)")
    answers = VaultServer()
    with Server(answers) as server:
        monkeypatch.setenv("VAULT_ADDR", server.origin)
        monkeypatch.setenv("VAULT_TOKEN", "secret-of-vault")
        yield answers, VaultTransit("transit/clinicards")


def test_a_ring_under_vault_keeps_every_promise(vault, tmp_path: Path) -> None:
    assert promises(vault[1], tmp_path) == 7
    assert set(vault[0].tokens) == {"secret-of-vault"}


def test_vault_binds_the_context_as_associated_data(vault: tuple[VaultServer, VaultTransit]) -> None:
    wrapped = vault[1].wrap(b"k" * 32, CONTEXT)
    assert wrapped.startswith("vault:v1:")
    assert vault[1].unwrap(wrapped, CONTEXT) == b"k" * 32
    assert refusal(lambda: vault[1].unwrap(wrapped, {**CONTEXT, "ring": "other"}))[0] is KeyFailure


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, KeyFailure), (403, KeyFailure), (404, KeyFailure), (429, ServiceAway), (500, ServiceAway),
     (502, ServiceAway), (503, ServiceAway), (504, ServiceAway)],
)  # fmt: skip
def test_vault_away_or_sealed_is_told_apart_from_vault_refusing(vault, status: int, kind: type) -> None:
    vault[0].failure = status
    found, words = refusal(lambda: vault[1].wrap(b"k" * 32, CONTEXT))
    assert found is kind
    assert "secret-of-vault" not in words


@pytest.mark.parametrize(
    "answer", [b'{"data": {}}', b'{"data": {"batch_results": [{"error": "no"}]}}', b"{}", b'{"data": null}']
)
def test_an_answer_that_vault_would_not_give_is_refused(
    monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    pytest.importorskip("hvac", reason="hvac is not installed (extra vault)")
    with Server(lambda _: Reply(200, answer, {"content-type": "application/json"})) as server:
        monkeypatch.setenv("VAULT_ADDR", server.origin)
        assert refusal(lambda: VaultTransit("transit/k").wrap(b"k" * 32, CONTEXT))[0] is KeyFailure


def test_vault_that_cannot_be_reached_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("hvac", reason="hvac is not installed (extra vault)")
    monkeypatch.setenv("VAULT_ADDR", "http://127.0.0.1:1")
    assert refusal(lambda: VaultTransit("transit/k").wrap(b"k" * 32, CONTEXT))[0] is ServiceAway


@pytest.mark.parametrize("address", ["", "http://vault.example:8200"])
def test_vault_is_asked_over_https_beyond_loopback(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    pytest.importorskip("hvac", reason="hvac is not installed (extra vault)")
    monkeypatch.setenv("VAULT_ADDR", address)
    assert "https" in refusal(lambda: VaultTransit("transit/k"))[1]


@pytest.mark.parametrize("key", ["clinicards", "transit/", ""])
def test_a_key_of_vault_names_its_mount(key: str) -> None:
    assert "vault:MOUNT/KEY" in refusal(lambda: VaultTransit(key))[1]


# --- Google and Azure: their clients are not in the test environment ---------------------------------------


class ApiError(Exception):
    """As google.api_core.exceptions.GoogleAPICallError and azure.core.exceptions.HttpResponseError."""

    def __init__(self, status: int | None) -> None:
        super().__init__("the answer, which is not repeated")
        self.code = self.status_code = status


class NotReached(Exception):
    """As google.auth.exceptions.GoogleAuthError and azure.core.exceptions.ServiceRequestError."""


class RetryError(Exception):
    """As google.api_core.exceptions.RetryError."""


def installed(monkeypatch: pytest.MonkeyPatch, name: str, **members: Any) -> None:
    """Put a module with these members where an import finds it."""
    module = ModuleType(name)
    for key, value in members.items():
        setattr(module, key, value)
    monkeypatch.setitem(sys.modules, name, module)


class GoogleClient:
    """As google.cloud.kms.KeyManagementServiceClient."""

    def __init__(self) -> None:
        self.kept: dict[bytes, tuple[bytes, bytes]] = {}
        self.trouble: Exception | None = None

    def encrypt(self, *, request: Any, timeout: float, retry: None) -> Any:
        self._check(request, timeout)
        blob = os.urandom(40)
        self.kept[blob] = (request["plaintext"], request["additional_authenticated_data"])
        return SimpleNamespace(ciphertext=blob)

    def decrypt(self, *, request: Any, timeout: float, retry: None) -> Any:
        self._check(request, timeout)
        plain, bound = self.kept.get(request["ciphertext"], (b"", b""))
        if not plain or bound != request["additional_authenticated_data"]:
            raise ApiError(400)
        return SimpleNamespace(plaintext=plain)

    def _check(self, request: Any, timeout: float) -> None:
        assert request["name"] == GCP
        assert timeout <= 5
        if self.trouble:
            raise self.trouble


@pytest.fixture
def gcp(monkeypatch: pytest.MonkeyPatch) -> tuple[GoogleClient, GcpKms]:
    errors = {"GoogleAPICallError": ApiError, "RetryError": RetryError}
    for name in ("google", "google.api_core", "google.auth"):
        installed(monkeypatch, name)
    installed(monkeypatch, "google.api_core.exceptions", **errors)
    installed(monkeypatch, "google.auth.exceptions", GoogleAuthError=NotReached)
    client = GoogleClient()
    return client, GcpKms(GCP, client=client)


def test_a_ring_under_google_keeps_every_promise(gcp: tuple[GoogleClient, GcpKms], tmp_path: Path) -> None:
    assert promises(gcp[1], tmp_path) == 7


def test_google_binds_the_context(gcp: tuple[GoogleClient, GcpKms]) -> None:
    wrapped = gcp[1].wrap(b"k" * 32, CONTEXT)
    assert gcp[1].unwrap(wrapped, CONTEXT) == b"k" * 32
    assert refusal(lambda: gcp[1].unwrap(wrapped, {**CONTEXT, "ring": "other"}))[0] is KeyFailure
    assert refusal(lambda: gcp[1].unwrap("!", CONTEXT))[0] is KeyFailure


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [(ApiError(403), KeyFailure), (ApiError(404), KeyFailure), (ApiError(429), ServiceAway),
     (ApiError(503), ServiceAway), (ApiError(None), ServiceAway), (RetryError(), ServiceAway),
     (NotReached(), ServiceAway), (OSError(), ServiceAway)],
)  # fmt: skip
def test_google_away_is_told_apart_from_google_refusing(gcp, trouble: Exception, kind: type) -> None:
    gcp[0].trouble = trouble
    found, words = refusal(lambda: gcp[1].wrap(b"k" * 32, CONTEXT))
    assert found is kind
    assert "not repeated" not in words


def test_google_makes_its_client_from_the_environment(gcp, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown() -> Any:
        raise NotReached

    kms = SimpleNamespace(KeyManagementServiceClient=lambda: gcp[0])
    installed(monkeypatch, "google.cloud", kms=kms)
    assert GcpKms(GCP).wrap(b"k" * 32, CONTEXT)
    kms.KeyManagementServiceClient = unknown
    assert "GOOGLE_APPLICATION_CREDENTIALS" in refusal(lambda: GcpKms(GCP))[1]


class AzureClient:
    """As azure.keyvault.keys.crypto.CryptographyClient, of one version of a key."""

    kept: ClassVar[dict[bytes, tuple[str, bytes]]] = {}
    trouble: Exception | None = None

    def __init__(self, key: str, credential: object = None, **options: Any) -> None:
        assert options.get("read_timeout", 1) <= 5
        self.version = key if key.count("/") > 4 else f"{key}/v7"

    def wrap_key(self, algorithm: str, key: bytes) -> Any:
        self._check(algorithm)
        blob = os.urandom(256)
        self.kept[blob] = (self.version, key)
        return SimpleNamespace(key_id=self.version, encrypted_key=blob)

    def unwrap_key(self, algorithm: str, encrypted_key: bytes) -> Any:
        self._check(algorithm)
        version, key = self.kept.get(encrypted_key, ("", b""))
        if version != self.version:
            raise ApiError(400)
        return SimpleNamespace(key=key)

    def _check(self, algorithm: str) -> None:
        assert algorithm == "RSA-OAEP-256"
        if AzureClient.trouble:
            raise AzureClient.trouble


@pytest.fixture
def azure(monkeypatch: pytest.MonkeyPatch) -> AzureKeyVault:
    for name in ("azure", "azure.core", "azure.keyvault", "azure.keyvault.keys"):
        installed(monkeypatch, name)
    installed(monkeypatch, "azure.core.exceptions", AzureError=NotReached, HttpResponseError=ApiError)
    installed(monkeypatch, "azure.identity", DefaultAzureCredential=object)
    algorithms = SimpleNamespace(rsa_oaep_256="RSA-OAEP-256")
    crypto = {"KeyWrapAlgorithm": algorithms, "CryptographyClient": AzureClient}
    installed(monkeypatch, "azure.keyvault.keys.crypto", **crypto)
    monkeypatch.setattr(AzureClient, "trouble", None)
    return AzureKeyVault(AZURE)


def test_a_ring_under_azure_keeps_every_promise(azure: AzureKeyVault, tmp_path: Path) -> None:
    assert promises(azure, tmp_path) == 7


def test_azure_unwraps_with_the_version_that_wrapped(azure: AzureKeyVault) -> None:
    wrapped = azure.wrap(b"k" * 32, CONTEXT)
    assert wrapped.startswith(f"{AZURE}/v7 ")
    assert azure.unwrap(wrapped, CONTEXT) == b"k" * 32
    newer = f"{AZURE}/v8 {wrapped.partition(' ')[2]}"
    assert refusal(lambda: azure.unwrap(newer, CONTEXT))[0] is KeyFailure


@pytest.mark.parametrize("place", ["https://evil.example/keys/clinicards/v7", f"{AZURE}s/v7", ""])
def test_azure_is_asked_at_the_key_of_the_settings_only(azure: AzureKeyVault, place: str) -> None:
    blob = base64.b64encode(b"x" * 256).decode()
    assert "another key" in refusal(lambda: azure.unwrap(f"{place} {blob}", CONTEXT))[1]


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [(ApiError(401), KeyFailure), (ApiError(403), KeyFailure), (ApiError(429), ServiceAway),
     (ApiError(503), ServiceAway), (NotReached(), ServiceAway), (OSError(), ServiceAway)],
)  # fmt: skip
def test_azure_away_is_told_apart_from_azure_refusing(
    azure: AzureKeyVault, trouble: Exception, kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AzureClient, "trouble", trouble)
    found, words = refusal(lambda: azure.wrap(b"k" * 32, CONTEXT))
    assert found is kind
    assert "not repeated" not in words


@pytest.mark.parametrize(
    "key", ["clinicards", "http://ours.vault.azure.net/keys/k", "https://ours.vault.azure.net"]
)
def test_a_key_of_azure_is_an_identifier(key: str) -> None:
    assert "azure:https://" in refusal(lambda: AzureKeyVault(key))[1]


# --- what is not installed ---------------------------------------------------------------------------------


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.split(".", maxsplit=1)[0] in {"boto3", "botocore", "hvac", "google", "azure"}:
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)


@pytest.mark.usefixtures("nothing_installed")
@pytest.mark.parametrize(
    ("make", "extra"),
    [
        (lambda: AwsKms(ARN), "aws"),
        (lambda: VaultTransit("transit/k"), "vault"),
        (lambda: GcpKms(GCP), "gcp"),
        (lambda: GcpKms(GCP, client=object()).wrap(b"k", CONTEXT), "gcp"),
        (lambda: AzureKeyVault(AZURE), "azure"),
        (lambda: AzureKeyVault(AZURE, clients=lambda _: None).wrap(b"k", CONTEXT), "azure"),
    ],
)
def test_a_client_that_is_not_installed_is_named_with_its_extra(make: Callable[[], Any], extra: str) -> None:
    assert f"install clinicards[{extra}]" in refusal(make)[1]


# --- Google's real client, where it is installed -----------------------------------------------------------


def google_answers() -> Answers:
    """Answers of Cloud KMS over REST: `POST /v1/{name}:encrypt` and `:decrypt`."""
    client = GoogleClient()

    def answer(asked: Any) -> Reply:
        sent = {k: base64.b64decode(v) for k, v in orjson.loads(asked.body).items() if k != "name"}
        bound = sent["additionalAuthenticatedData"]
        assert asked.path.startswith(f"/v1/{GCP}:")
        if ":encrypt" in asked.path:
            blob = os.urandom(40)
            client.kept[blob] = (sent["plaintext"], bound)
            return _json({"ciphertext": base64.b64encode(blob).decode()})
        plain, kept = client.kept[sent["ciphertext"]]
        if kept != bound:
            return _json(
                {"error": {"code": 400, "message": "Decryption failed", "status": "INVALID_ARGUMENT"}}, 400
            )
        return _json({"plaintext": base64.b64encode(plain).decode()})

    return answer


def _json(document: Any, status: int = 200) -> Reply:
    return Reply(status, orjson.dumps(document), {"content-type": "application/json"})


@pytest.mark.filterwarnings("ignore")
def test_a_ring_under_googles_own_client_keeps_every_promise(tmp_path: Path) -> None:
    kms = pytest.importorskip("google.cloud.kms", reason="google-cloud-kms is not installed (extra gcp)")
    from google.auth.credentials import AnonymousCredentials

    with Server(google_answers()) as server:
        transport = kms.KeyManagementServiceClient.get_transport_class("rest")(
            host=server.origin.removeprefix("http://"), url_scheme="http", credentials=AnonymousCredentials()
        )
        service = GcpKms(GCP, client=kms.KeyManagementServiceClient(transport=transport))
        assert promises(service, tmp_path) == 7
        wrapped = service.wrap(b"k" * 32, CONTEXT)
        assert refusal(lambda: service.unwrap(wrapped, {**CONTEXT, "ring": "other"}))[0] is KeyFailure


@pytest.mark.filterwarnings("ignore")
def test_a_ring_under_azures_own_client_keeps_every_promise(tmp_path: Path) -> None:
    """The vault's part is played by the client itself, with a key that it is given."""
    keys = pytest.importorskip(
        "azure.keyvault.keys", reason="azure-keyvault-keys is not installed (extra azure)"
    )
    from azure.keyvault.keys.crypto import CryptographyClient

    whole = rsa.generate_private_key(65_537, 2_048).private_numbers()
    numbers = {"n": whole.public_numbers.n, "e": 65_537, "d": whole.d, "p": whole.p, "q": whole.q}
    numbers |= {"dp": whole.dmp1, "dq": whole.dmq1, "qi": whole.iqmp}
    members = {
        name: number.to_bytes((number.bit_length() + 7) // 8, "big") for name, number in numbers.items()
    }
    jwk = keys.JsonWebKey(kid=f"{AZURE}/v1", kty="RSA", key_ops=["wrapKey", "unwrapKey"], **members)
    service = AzureKeyVault(AZURE, clients=lambda _: CryptographyClient.from_jwk(jwk))
    assert promises(service, tmp_path) == 7
    assert service.wrap(b"k" * 32, CONTEXT).startswith(f"{AZURE}/v1 ")
