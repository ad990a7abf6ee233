"""The CDS Hooks service: `cds.pipeline` is where to start reading."""

from importlib.util import find_spec
from pathlib import Path


def check_neighbours(home: Path) -> None:
    """Raise `ImportError` where `adapters` or `models` on the path are another distribution's.

    Both names are common, and whoever comes first on the path wins. A service that silently took somebody
    else's models would compute who knows what, so it does not start.
    """
    for name in ("adapters", "models"):
        spec = find_spec(name)
        place = Path(spec.origin).resolve().parent if spec and spec.origin else None
        if place != home / name:
            raise ImportError(
                f"clinicards does not start: the package {name!r} found on the path "
                f"({place or 'nowhere'}) is not the one it brings ({home / name}). "
                "Install clinicards into an environment of its own, or take the other package off the path."
            )


check_neighbours(Path(__file__).resolve().parent.parent)
