"""Models by name, version and alias, over families that load on demand.

A published formula has one version. A learned family that keeps several offers `versions` and
`load_version`; which of them is `champion`, `challenger` or `shadow` is data (`Pointers`) that the caller
keeps where it likes. Artefacts come through a loader of bytes and are used only where their SHA-256 is the
one expected: the registry knows no store.
"""

import difflib
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol, cast, get_args

from models.base import Deadline, Family, Finding, Model, ModelError, RecordModel, UnknownModel
from models.record import Record

Alias = Literal["champion", "challenger", "shadow"]
ALIASES: tuple[Alias, ...] = get_args(Alias)
DEFAULT: Alias = "champion"


class OneVersion(ModelError):
    """The model has one version, so there is nothing to promote, roll back or compare."""

    def __init__(self, name: str, version: str, kind: str) -> None:
        what = "a published formula" if kind == "formula" else "no family of versions"
        super().__init__(
            f"{name} is {what}: it has one version, {version}, so there is nothing to promote, roll back or "
            "compare",
            code="one-version",
        )


class BadArtefact(ModelError):
    """An artefact's bytes are not those that were registered."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code="artefact")


class Versioned(Protocol):
    """A family that keeps several versions of its models."""

    def versions(self, name: str) -> Sequence[str]:
        """Return the versions of a model, oldest first."""
        ...

    def load_version(self, name: str, version: str) -> Model:
        """Return one version of a model; raise `UnknownModel`."""
        ...


@dataclass(frozen=True, slots=True)
class Pointers:
    """Which version each alias of each model names, and what it named before, newest last."""

    history: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)

    @classmethod
    def read(cls, data: Any) -> "Pointers":
        """Return pointers from JSON data; raise `ModelError` where it is not of its form."""
        if not isinstance(data, Mapping):
            raise ModelError("the aliases are not a JSON object of models", code="aliases")
        return cls({name: _rows(name, rows) for name, rows in data.items()})

    def now(self, name: str, alias: str) -> str | None:
        """Return the version an alias names, or None where it was never set."""
        past = self.history.get(name, {}).get(alias, ())
        return past[-1] if past else None

    def aliases(self, name: str) -> Mapping[str, str]:
        """Return the aliases of a model that are set, with their versions."""
        return {alias: past[-1] for alias, past in self.history.get(name, {}).items() if past}

    def set(self, name: str, alias: Alias, version: str) -> "Pointers":
        """Return pointers in which the alias names this version."""
        past = self.history.get(name, {}).get(alias, ())
        return self._with(name, alias, (*past, version) if self.now(name, alias) != version else past)

    def back(self, name: str, alias: Alias) -> "Pointers":
        """Return pointers in which the alias names what it named before; raise `ModelError`."""
        past = self.history.get(name, {}).get(alias, ())
        if len(past) < 2:
            raise ModelError(f"{name}: {alias} named no other version before", code="no-history")
        return self._with(name, alias, past[:-1])

    def as_dict(self) -> dict[str, dict[str, list[str]]]:
        """Return the pointers as JSON data."""
        return {n: {a: list(past) for a, past in rows.items()} for n, rows in self.history.items()}

    def _with(self, name: str, alias: str, past: tuple[str, ...]) -> "Pointers":
        return replace(self, history={**self.history, name: {**self.history.get(name, {}), alias: past}})


def _rows(name: str, rows: Any) -> dict[str, tuple[str, ...]]:
    if not isinstance(rows, Mapping) or not set(rows) <= set(ALIASES):
        raise ModelError(f"aliases of {name} are {', '.join(ALIASES)}", code="aliases")
    for past in rows.values():
        if not isinstance(past, list) or not all(isinstance(version, str) for version in past):
            raise ModelError(f"an alias of {name} is no list of versions", code="aliases")
    return {alias: tuple(past) for alias, past in rows.items()}


class Registry:
    """All models of some families; each version is loaded on first use and kept."""

    def __init__(self, families: Mapping[str, Family], pointers: Pointers | None = None) -> None:
        self._owner = {name: family for family in families.values() for name in family.names()}
        self._loaded: dict[tuple[str, str], Model] = {}
        self.pointers = pointers or Pointers()

    def names(self) -> Sequence[str]:
        """Return the names of all models, sorted."""
        return sorted(self._owner)

    def family(self, name: str) -> Family:
        """Return the family that holds a model; raise `UnknownModel` naming near ones."""
        found = self._owner.get(name.partition("@")[0])
        if found is None:
            raise UnknownModel(unknown(name, self.names()))
        return found

    def versions(self, name: str) -> Sequence[str]:
        """Return a model's versions, oldest first."""
        family = self.family(name)
        if hasattr(family, "versions"):
            return list(cast("Versioned", family).versions(name))
        return [self._get(name, "").version]

    def warm(self) -> None:
        """Load every model that has a version, and what it loads later (`ready`), so that no caller waits."""
        for name in self._owner:
            if self.versions(name):
                getattr(self.get(name), "ready", None)

    def get(self, reference: str) -> Model:
        """Return a model by `name`, `name@version` or `name@alias`; raise `UnknownModel`."""
        name, _, wanted = reference.partition("@")
        family = self.family(name)
        if not hasattr(family, "versions"):
            return self._only(name, wanted)
        return self._get(name, self._version(name, wanted or DEFAULT, required=bool(wanted)))

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

    def observations(self, name: str) -> frozenset[str] | None:
        """Return the LOINC codes of the observations that a model looks at, or None where it may be any."""
        found: frozenset[str] | None = getattr(self.get(name), "observations", None)
        return found

    def promote(self, name: str, version: str, alias: Alias = DEFAULT) -> Pointers:
        """Return pointers in which the alias names a version that exists; raise `ModelError`."""
        known = self._several(name)
        if version not in known:
            raise UnknownModel(f"{name} has no version {version!r}; it has {', '.join(known)}")
        return self.pointers.set(name, alias, version)

    def rollback(self, name: str, alias: Alias = DEFAULT) -> Pointers:
        """Return pointers in which the alias names its former version; raise `ModelError`."""
        self._several(name)
        return self.pointers.back(name, alias)

    def pair(self, name: str, first: str, second: str) -> tuple[Model, Model]:
        """Return two versions of a model, by version or alias, to be compared; raise `ModelError`."""
        self._several(name)
        return self.get(f"{name}@{first}"), self.get(f"{name}@{second}")

    def _several(self, name: str) -> Sequence[str]:
        """Return the versions of a model that may have several; raise `OneVersion`."""
        if not hasattr(self.family(name), "versions"):
            model = self._get(name, "")
            raise OneVersion(name, model.version, str(model.card().get("kind", "")))
        return self.versions(name)

    def _only(self, name: str, wanted: str) -> Model:
        model = self._get(name, "")
        if wanted not in ("", DEFAULT, model.version):
            raise UnknownModel(f"{name} has one version, {model.version}; there is no {wanted!r}")
        return model

    def _version(self, name: str, wanted: str, *, required: bool) -> str:
        """Return the version meant by a version or alias; unset champion is the newest."""
        known = self.versions(name)
        if not known:
            raise UnknownModel(f"{name} has no version yet; train it with `clinicards train {name}`")
        if wanted in known:
            return wanted
        pointed = self.pointers.now(name, wanted)
        if pointed is None and wanted != DEFAULT and required:
            raise UnknownModel(f"{name} has no version or alias {wanted!r}; it has {', '.join(known)}")
        return pointed or known[-1]

    def _get(self, name: str, version: str) -> Model:
        model = self._loaded.get((name, version))
        if model is None:
            family = self.family(name)
            model = cast("Versioned", family).load_version(name, version) if version else family.load(name)
            self._loaded[name, version] = model
        return model


def unknown(name: str, known: Sequence[str]) -> str:
    """Return the message on an unknown name, with the names that are near."""
    short = {one.rpartition("/")[2]: one for one in known}
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.6)
    near += [short[one] for one in difflib.get_close_matches(name.rpartition("/")[2], short, n=3, cutoff=0.6)]
    found = list(dict.fromkeys(near))[:3]
    hint = f"did you mean {' or '.join(found)}?" if found else "`clinicards models list` shows all"
    return f"there is no model {name!r}; {hint}"


def fetch(path: str, sha256: str, *, read: Callable[[str], bytes]) -> bytes:
    """Return an artefact's bytes where they are those registered; raise `BadArtefact`."""
    try:
        data = read(path)
    except OSError as error:
        raise BadArtefact(f"the artefact {path} cannot be read: {error.strerror}") from None
    found = hashlib.sha256(data).hexdigest()
    if found != sha256.lower():
        raise BadArtefact(f"the artefact {path} is not the one registered: its SHA-256 is {found}")
    return data
