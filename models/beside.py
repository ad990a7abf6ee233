"""Find what lies beside a model: the modules of its own package, by the names that every package uses."""

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from models.sole import Sole


def beside(thing: object, module: str) -> ModuleType | None:
    """Return the module of this name in the package that holds a model or family, or None.

    `models.x.card`, `models.x.train` and `models.x.evaluate` are imported on first use, so that serving loads
    nothing that only training needs.
    """
    package = thing.package if isinstance(thing, Sole) else type(thing).__module__.rpartition(".")[0]
    if not package or find_spec(f"{package}.{module}") is None:
        return None
    return import_module(f"{package}.{module}")
