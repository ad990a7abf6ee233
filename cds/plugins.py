"""Services and models by entry point and name: installed is not enabled.

Our own distribution's entry points are enabled; another's only where the settings name it (`plugins`).
"""

import json
from collections.abc import Iterable, Mapping
from importlib.metadata import EntryPoint, distribution, entry_points
from pathlib import Path
from typing import Any

from cds.errors import SettingsError
from cds.services.base import Service
from cds.settings import Settings
from models.base import Family, ModelError
from models.registry import Pointers, Registry

OURS = "clinicards"


def _enabled(group: str, plugins: Iterable[str]) -> list[EntryPoint]:
    allowed = set(plugins)
    found = [
        point
        for point in entry_points(group=group)
        if point.dist is None or point.dist.name == OURS or point.name in allowed
    ]
    unknown = sorted({p.name for p in found if [q.name for q in found].count(p.name) > 1})
    if unknown:
        raise SettingsError(f"two plugins of {group} have the name {unknown[0]!r}; disable one in `plugins`")
    return found


def services(plugins: Iterable[str] = ()) -> Mapping[str, Service]:
    """Return the enabled services by id."""
    found: list[Service] = [_loaded(p) for p in _enabled("clinicards.services", plugins)]
    return {service.id: service for service in found}


def families(plugins: Iterable[str] = ()) -> Mapping[str, Family]:
    """Return the enabled model families by entry-point name."""
    return {p.name: _loaded(p) for p in _enabled("clinicards.models", plugins)}


def _loaded(point: EntryPoint) -> Any:
    try:
        return point.load()
    except (ImportError, AttributeError) as error:
        raise SettingsError(
            f"the plugin {point.name!r} ({point.value}) cannot be loaded: {error}; reinstall or disable it"
        ) from error


def adapter(name: str, plugins: Iterable[str] = ()) -> Any | None:
    """Return the enabled adapter of this name, or None where there is none."""
    found = [point for point in _enabled("clinicards.adapters", plugins) if point.name == name]
    return _loaded(found[0]) if found else None


def models(plugins: Iterable[str] = (), *, aliases: Path | None = None) -> Registry:
    """Return the enabled models, each loaded on first use, under the aliases that promotions set.

    Raises `models.base.ModelError` where the file of aliases is not of its form.
    """
    return Registry(families(plugins), read_pointers(aliases) if aliases else None)


def aliases_path(settings: Settings) -> Path:
    """Return where aliases of learned models are kept."""
    return settings.data / "models" / "aliases.json"


def read_pointers(path: Path) -> Pointers:
    """Return the aliases kept in a file; none where there is no file."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Pointers()
    try:
        return Pointers.read(json.loads(text))
    except json.JSONDecodeError as error:
        raise ModelError(f"{path}: is no JSON: {error.msg}", code="aliases") from None


def version() -> str:
    """Return the installed version of the distribution."""
    return distribution(OURS).version
