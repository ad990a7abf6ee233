"""Where keys come from: the ring that the settings name, whoever keeps it."""

from collections.abc import Callable, Mapping
from pathlib import Path

from adapters.keys_aws import AwsKms
from adapters.keys_azure import AzureKeyVault
from adapters.keys_env import EnvKeys
from adapters.keys_file import FileKeys, read_ring
from adapters.keys_gcp import GcpKms
from adapters.keys_service import KeyService, ServiceKeys
from adapters.keys_vault import VaultTransit
from adapters.ports import Clock, KeyFailure, Keys
from cds import plugins
from cds.errors import SettingsError
from cds.settings import Settings

_SERVICES: Mapping[str, Callable[[str], KeyService]] = {
    "aws": AwsKms,
    "gcp": GcpKms,
    "azure": AzureKeyVault,
    "vault": VaultTransit,
}


def open_keys(settings: Settings, *, clock: Clock | None = None) -> Keys:
    """Return the key ring; demo mode makes one where there is none, serve mode asks for `keys new`."""
    source, name = settings.key_source
    if source == "env":
        return EnvKeys(name)
    path = settings.keys_path
    if not path.exists():
        if settings.mode != "demo":
            raise SettingsError(f"there is no key ring at {path}; make one with `clinicards keys new`")
        return new_keys(settings, clock=clock)
    if source == "file":
        return FileKeys(path, clock=clock)
    return ServiceKeys(_service(settings), path, clock=clock)


def new_keys(settings: Settings, *, like: Path | None = None, clock: Clock | None = None) -> Keys:
    """Make the key ring that the settings name, new or `like` the one in a file."""
    source, name = settings.key_source
    if source == "env":
        raise KeyFailure(
            "a ring cannot be put into the environment from here: make a file with `clinicards keys new "
            f"--path FILE` and put its content into {name}"
        )
    path = settings.keys_path
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    ring = read_ring(like) if like else None
    if source == "file":
        return FileKeys.create(path, ring=ring, clock=clock)
    return ServiceKeys.create(_service(settings), path, ring=ring, clock=clock)


def make_keys(path: Path) -> Keys:
    """Make a key ring in a file; raise `adapters.ports.KeyFailure` where one is there already."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return FileKeys.create(path)


def _service(settings: Settings) -> KeyService:
    """Return the key service that the settings name: one of ours, or a plugin's `keys-NAME`."""
    source, name = settings.key_source
    made = _SERVICES.get(source) or plugins.adapter(f"keys-{source}", settings.plugins)
    if made is None:
        known = ", ".join(["file", "env", *_SERVICES])
        raise SettingsError(
            f"keys: nothing is known as {source!r}; known: {known}, and enabled plugins with an adapter "
            f"keys-{source}"
        )
    service: KeyService = made(name)
    return service
