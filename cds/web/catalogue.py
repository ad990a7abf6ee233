"""The models as the web finds them: `.` for `/` in addresses, unknown names answered 404."""

from collections.abc import Sequence
from typing import Protocol, cast

from cds.errors import NotFound
from cds.web.context import parts
from models.base import Model, UnknownModel


class Catalogue(Protocol):
    """Models by name."""

    def names(self) -> Sequence[str]:
        """Return the names of all models."""
        ...

    def get(self, name: str) -> Model:
        """Return a model; raise `UnknownModel`."""
        ...


def catalogue() -> Catalogue:
    """Return the models of the current request."""
    return cast("Catalogue", parts().models)


def written(name: str) -> str:
    """Return a model's name as it is written in addresses."""
    return name.replace("/", ".")


def find(address: str, version: str = "") -> Model:
    """Return the model at an address, in the version asked for; raise `NotFound`."""
    models, name = catalogue(), address.replace(".", "/")
    several = bool(version) and hasattr(models, "versions")
    try:
        model = models.get(f"{name}@{version}" if several else name)
    except UnknownModel as error:
        raise NotFound(error.message) from None
    if version and not several and version != model.version:
        raise NotFound(f"{name} has the version {model.version}")
    return model
