"""The models as the web finds them: `.` for `/` in addresses, unknown names answered 404."""

from collections.abc import Sequence
from typing import Protocol, cast

from cds.errors import NotFound
from cds.web.context import parts
from models.base import Model, UnknownModel
from models.registry import unknown


class Catalogue(Protocol):
    """Models by name."""

    def names(self) -> Sequence[str]:
        """Return the names of all models."""
        ...

    def get(self, reference: str) -> Model:
        """Return a model by name or `name@version`; raise `UnknownModel`."""
        ...

    def versions(self, name: str) -> Sequence[str]:
        """Return a model's versions, oldest first."""
        ...


def catalogue() -> Catalogue:
    """Return the models of the current request."""
    return cast("Catalogue", parts().models)


def written(name: str) -> str:
    """Return a model's name as it is written in addresses."""
    return name.replace("/", ".")


def find(address: str, version: str = "") -> Model:
    """Return the model at an address, in the version asked for; raise `NotFound`."""
    name = address.replace(".", "/")
    try:
        return catalogue().get(f"{name}@{version}" if version else name)
    except UnknownModel:
        # Its message repeats what was asked for, and an address may hold anything: our own names are said.
        _, _, near = unknown(name, catalogue().names()).partition("; ")
        raise NotFound(f"there is no such model or version; {near}") from None
