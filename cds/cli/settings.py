"""Which settings a command runs with."""

from pathlib import Path

import typer

from cds.errors import SettingsError
from cds.settings import Settings, load

DEFAULT = Path("clinicards.toml")


def settings_of(context: typer.Context, config: Path | None = None) -> Settings:
    """Return the settings of `--config FILE`, or of clinicards.toml in this folder."""
    named = config or context.find_root().params.get("config")
    path = Path(named) if named else DEFAULT
    if not named and not path.exists():
        raise SettingsError(
            "no settings: name a file with `clinicards --config FILE COMMAND`, or put clinicards.toml here "
            "(README shows one)"
        )
    return load(path)
