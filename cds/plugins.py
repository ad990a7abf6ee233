"""Services and models by entry point and name: installed is not enabled.

Our own distribution's entry points are enabled; another's only where the settings name it (`plugins`).
"""

from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import EntryPoint, distribution, entry_points
from typing import Any, cast

from cds.errors import SettingsError
from cds.services.base import Service
from models.base import Deadline, Family, Finding, Model, RecordModel, UnknownModel
from models.record import Record

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


class InstalledModels:
    """Models by name, each loaded on first use and kept."""

    def __init__(self, found: Mapping[str, Family]) -> None:
        self._owner = {name: family for family in found.values() for name in family.names()}
        self._loaded: dict[str, Model] = {}

    def names(self) -> Sequence[str]:
        """Return the names of all models."""
        return sorted(self._owner)

    def warm(self) -> None:
        """Load every model, so that no caller waits for it."""
        for name in self._owner:
            self.get(name)

    def get(self, name: str) -> Model:
        """Return a model; raise `UnknownModel` naming near ones."""
        model = self._loaded.get(name)
        if model is None:
            if name not in self._owner:
                raise UnknownModel(f"there is no model {name!r}; `clinicards models list` shows all")
            model = self._loaded[name] = self._owner[name].load(name)
        return model

    def find(
        self, name: str, record: Record, *, deadline: Deadline, options: Mapping[str, Any]
    ) -> Sequence[Finding]:
        """Return what a record model says of a record."""
        model = self.get(name)
        if not hasattr(model, "find"):
            raise UnknownModel(f"{name} reads single documents, not records")
        return cast("RecordModel", model).find(record, deadline=deadline, options=options)

    def run(self, name: str, document: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a model's result on one document."""
        return self.get(name).run(document)


def version() -> str:
    """Return the installed version of the distribution."""
    return distribution(OURS).version
