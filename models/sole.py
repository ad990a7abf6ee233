"""A family that is one model: what most entry points of the group `clinicards.models` name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from models.base import Model, UnknownModel


@dataclass(frozen=True)
class Sole:
    """One model by its name, made when it is asked for."""

    name: str
    make: Callable[[], Model]

    @property
    def package(self) -> str:
        """The package that the model lies in, beside its training and evaluation."""
        return self.make.__module__.rpartition(".")[0]

    def names(self) -> Sequence[str]:
        """Return the one name, without making the model."""
        return (self.name,)

    def load(self, name: str) -> Model:
        """Return the model; raise `UnknownModel`."""
        if name != self.name:
            raise UnknownModel(f"there is no model {name!r} here; there is {self.name}")
        return self.make()
