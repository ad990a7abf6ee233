"""What a process needs to start: one TOML file, every key checked, nothing secret in it.

All else (services, thresholds, clients, limits) is the stored configuration document: `cds.config`.
"""

import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from cds.errors import SettingsError

_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._\-]{0,63}\Z")
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one process."""

    mode: Literal["serve", "demo"] = "serve"
    base_url: str = ""
    """The address EHRs call, as they write it; tokens' audiences are compared with it."""
    bind: str = "127.0.0.1:8000"
    tenant: str = "default"
    data: Path = Path("clinicards-data")
    """Where the store, the keys and the spool lie unless they are named."""
    store: str = ""
    """SQLAlchemy URL; empty: SQLite in the data folder. A password is better given as env:NAME."""
    keys: Path | str | None = None
    """The key ring's file, or where else the keys are: `env:NAME`, `aws:KEY`, `gcp:KEY`, `azure:KEY`, ..."""
    key_ring: Path | None = None
    """The file of wrapped keys where a key service opens it."""
    spool: Path | None = None
    workers: int = 2
    threads: int = 4
    trusted_proxies: int = 0
    """How many reverse proxies in front are trusted to set X-Forwarded-*."""
    admin_remote: bool = False
    """Whether the admin API answers others than loopback."""
    re_identify: bool = False
    """Whether whom a kept pseudonym stands for may be asked, by the role `security`."""
    plugins: tuple[str, ...] = ()
    """Entry points beside our own that are enabled: installed is not enabled."""
    seed: Path | None = None
    """A configuration document (JSON or TOML) published as first revision where the store is empty."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @property
    def host(self) -> str:
        """The address to bind."""
        return self.bind.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The port to bind."""
        return int(self.bind.rpartition(":")[2])

    @property
    def store_url(self) -> str:
        """The store's URL with its default."""
        return self.store or f"sqlite:///{(self.data / 'store.sqlite').resolve()}"

    @property
    def key_source(self) -> tuple[str, str]:
        """Where keys come from and what names them there: `file` and a path, `env` and a name, ..."""
        if isinstance(self.keys, str):
            kind, _, name = self.keys.partition(":")
            return kind, name
        return "file", str(self.keys_path)

    @property
    def keys_path(self) -> Path:
        """The file of the key ring, or of the wrapped keys that a key service opens, with its default."""
        named = self.keys if isinstance(self.keys, Path) else self.key_ring
        return named or self.data / "keys.json"

    @property
    def spool_path(self) -> Path:
        """The audit spool's folder with its default."""
        return self.spool or self.data / "spool"


_PATHS = frozenset({"data", "keys", "key_ring", "spool", "seed"})
_SOURCE = re.compile(r"([a-z][a-z0-9\-]+):(.+)", re.DOTALL)
"""Where keys come from, where it is no file: a word, a colon, a name."""
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "mode": ("serve", "demo"),
    "log_level": ("debug", "info", "warning", "error"),
}


_KINDS: Mapping[type, str] = {
    str: "a string",
    int: "a whole number",
    bool: "true or false",
    list: "a list of strings",
}


def load(path: Path) -> Settings:
    """Return the settings of a file, its paths relative to it; raise `SettingsError` saying the fix."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path}: is not UTF-8; save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: is no TOML: {error}") from None
    return check(made(table, folder=path.parent, place=str(path)), place=f"{path}: ")


def made(table: Mapping[str, Any], *, folder: Path, place: str) -> Settings:
    """Return settings from a table; unknown keys and wrong kinds are errors."""
    known = {f.name: f for f in fields(Settings)}
    for key, value in table.items():
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(sorted(known))}"
            raise SettingsError(f"{place}: unknown key {key!r}; {hint}")
        wanted = type(getattr(Settings(), key)) if key not in _PATHS else str
        wanted = list if wanted is tuple else wanted
        if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
            raise SettingsError(f"{place}: {key} must be {_KINDS[wanted]}")
        if isinstance(value, list) and not all(isinstance(item, str) for item in value):
            raise SettingsError(f"{place}: {key} must be a list of strings")
        if key in _CHOICES and value not in _CHOICES[key]:
            raise SettingsError(f"{place}: {key} must be one of {', '.join(_CHOICES[key])}")
    values: dict[str, Any] = {
        key: _place(key, value, folder)
        if key in _PATHS
        else tuple(value)
        if isinstance(value, list)
        else value
        for key, value in table.items()
    }
    # Beside the settings file, not in the current folder: two files are two tenants wherever they are read.
    return replace(Settings(), **{"data": folder / Settings().data, **values})


def _place(key: str, value: str, folder: Path) -> Path | str:
    """Return a path relative to the settings file, or where keys come from as it is written."""
    source = _SOURCE.fullmatch(value) if key == "keys" else None
    if source is None:
        return folder / value
    return folder / source[2] if source[1] == "file" else value


def check(settings: Settings, *, place: str = "") -> Settings:
    """Return the settings where they are safe together; raise `SettingsError` saying the fix."""
    faults = (_bind_fault, _number_fault, _key_fault, _address_fault)
    for fault in (find(settings) for find in faults):
        if fault:
            raise SettingsError(f"{place}{fault}")
    return settings if settings.base_url else replace(settings, base_url=f"http://{settings.bind}")


def _bind_fault(settings: Settings) -> str:
    _, _, port = settings.bind.rpartition(":")
    if not (port.isascii() and port.isdigit() and int(port) < 65_536) or not settings.host:
        return f"bind must be HOST:PORT with a port up to 65535, not {settings.bind!r}"
    if settings.mode == "demo" and settings.host not in LOOPBACK:
        return "demo mode binds loopback only, it accepts calls without a token; set bind to 127.0.0.1:PORT"
    if settings.mode == "demo" and settings.trusted_proxies:
        return "demo mode stands behind no proxy, it accepts calls without a token; set trusted_proxies to 0"
    if settings.host not in LOOPBACK and not settings.trusted_proxies:
        return (
            "a bind beyond loopback needs trusted_proxies = N: the service speaks plain http and expects "
            "a reverse proxy that ends TLS in front of it"
        )
    return ""


def _number_fault(settings: Settings) -> str:
    for name, least in (("workers", 1), ("threads", 1), ("trusted_proxies", 0)):
        if getattr(settings, name) < least:
            return f"{name} must be {least} or more"
    if not _TENANT.match(settings.tenant):
        return "tenant must be 1 to 64 letters, digits, '.', '_' or '-': its keys are derived from it"
    return ""


def _key_fault(settings: Settings) -> str:
    if settings.key_ring and not isinstance(settings.keys, str):
        return "key_ring is for keys that a service opens (keys = 'aws:KEY'); name the ring's file as `keys`"
    return ""


def _address_fault(settings: Settings) -> str:
    if not settings.base_url:
        need = "base_url is required: the https address EHRs call, as they write it"
        return need if settings.mode == "serve" else ""
    try:
        base = urlsplit(settings.base_url)
        _ = base.port
    except ValueError:
        return "base_url is no URL; write it as https://HOST[:PORT][/PATH]"
    if base.scheme not in {"http", "https"} or not base.hostname:
        return "base_url must be an absolute address: https://HOST[:PORT][/PATH]"
    if base.scheme == "http" and base.hostname not in LOOPBACK:
        return "base_url must be https: CDS Hooks runs over TLS only"
    if any(mark in settings.base_url for mark in "?#@"):
        return "base_url must have no query, fragment or user; tokens' audiences are compared with it"
    return ""
