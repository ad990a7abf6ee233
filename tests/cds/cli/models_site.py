"""The models' commands under a root of their own, with the installed families or others."""

import json
from pathlib import Path
from typing import Annotated

import typer
from typer.testing import CliRunner

from cds import plugins
from cds.cli import models, run


def root():
    """Return the commands as the root command hangs them up."""
    app = typer.Typer()

    @app.callback()
    def settings(config: Annotated[Path | None, typer.Option()] = None) -> None:
        """Take the settings file."""

    app.command("run")(run.run)
    app.command("train")(models.train)
    app.command("evaluate")(models.evaluate)
    app.add_typer(models.app, name="models")
    return app


class Site:
    """A folder to work in, and the commands."""

    def __init__(self, folder, monkeypatch, families=None):
        self.folder = folder
        monkeypatch.chdir(folder)
        if families is not None:
            monkeypatch.setattr(plugins, "families", lambda _plugins=(): families)

    def ask(self, *words, input=None, code=0):
        """Return what a command prints; its exit code must be this."""
        result = CliRunner().invoke(root(), [str(word) for word in words], input=input)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == code, (result.exit_code, result.stdout, result.stderr)
        return result

    def json(self, *words, code=0):
        """Return what a command prints with --json."""
        return json.loads(self.ask(*words, "--json", code=code).stdout)

    def file(self, name, *lines):
        """Write lines, each a document or raw text."""
        path = self.folder / name
        rows = [line if isinstance(line, bytes | str) else json.dumps(line) for line in lines]
        path.write_bytes(b"".join((row if isinstance(row, bytes) else row.encode()) + b"\n" for row in rows))
        return path
