"""An installation in a folder, and its command line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from click.testing import Result
from typer.testing import CliRunner

from cds.cli.root import app
from cds.settings import load
from cds.wiring import Door, open_door

Found = TypeVar("Found")


class Site:
    """A settings file with a store and keys of its own; every command is the real one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = folder / "clinicards.toml"
        self.settings.write_text(
            'mode = "demo"\nbase_url = "http://127.0.0.1:8000"\ndata = "data"\n', encoding="utf-8"
        )

    def run(self, *words: Any, code: int = 0, stdin: str = "") -> Result:
        """Run a command and expect its exit code."""
        arguments = ["--config", str(self.settings), *map(str, words)]
        result = CliRunner().invoke(app, arguments, input=stdin)
        assert result.exit_code == code, f"{result.output}\n{result.exception!r}"
        return result

    def ask(self, *words: Any, code: int = 0, stdin: str = "") -> Any:
        """Run a command with `--json` and return what it answers."""
        return json.loads(self.run(*words, "--json", code=code, stdin=stdin).stdout)

    def with_door(self, work: Callable[[Door], Found]) -> Found:
        """Return what this work finds at the store and the keys, opened for it alone."""
        door = open_door(load(self.settings))
        try:
            return work(door)
        finally:
            door.close()

    def file(self, name: str, content: Any) -> Path:
        """Write a file beside the settings."""
        path = self.folder / name
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return path
