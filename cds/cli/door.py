"""What administration needs of an installation, and how its commands say what came of it.

The root command puts an object with `admin()` into the context; `cds.wiring` makes the door.
"""

import contextlib
import getpass
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Protocol, cast

import typer

from adapters.ports import Clock, Keys, PortError, RevisionRow, SealedRow, Store
from cds.config.document import Fault, NotValid
from cds.errors import CdsError, SettingsError
from cds.services.base import Service
from cds.settings import Settings
from cds.trust.tokens import Gate

REFUSED = 1
USAGE = 2

AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
Message = Annotated[str, typer.Option("--message", "-m", help="Why; kept with the revision.")]


class AdminDoor(Protocol):
    """An open installation: its store, seeded, and what writes its audit."""

    @property
    def store(self) -> Store:
        """The store."""
        ...

    @property
    def keys(self) -> Keys:
        """The key ring."""
        ...

    @property
    def tenant(self) -> str:
        """Whose configuration it is."""
        ...

    @property
    def base_url(self) -> str:
        """The address EHRs call."""
        ...

    @property
    def services(self) -> Mapping[str, Service]:
        """The installed services by id."""
        ...

    @property
    def gate(self) -> Gate:
        """What the verification of clients' tokens needs."""
        ...

    @property
    def clock(self) -> Clock:
        """Time."""
        ...

    @property
    def settings(self) -> Settings:
        """What the process was started with."""
        ...

    @property
    def days(self) -> Mapping[str, float]:
        """How long what is kept is kept, by purpose."""
        ...

    def record(self, kind: str, body: Mapping[str, Any], *, sealed: Sequence[SealedRow] = ()) -> object:
        """Record an audit entry with the sealed records that belong to it, or raise."""
        ...

    def recover(self) -> int:
        """Deliver what processes that are gone left in the spool and return how many records it was."""
        ...

    def publish(self, revision: RevisionRow, body: Mapping[str, Any]) -> RevisionRow:
        """Store a revision with its audit entry in one transaction."""
        ...

    def close(self) -> None:
        """Let go of everything."""
        ...


class Root(Protocol):
    """What the root command leaves in the context for its sub-commands."""

    def admin(self) -> AdminDoor:
        """Open the installation that the settings name; raise `SettingsError` saying the fix."""
        ...


@contextlib.contextmanager
def at_door(context: typer.Context, *, as_json: bool) -> Iterator[AdminDoor]:
    """Open the installation for one command and say what is refused in the command's form."""
    with refusals(as_json=as_json):
        door = cast("Root", context.obj).admin()
        try:
            yield door
        finally:
            door.close()


@contextlib.contextmanager
def refusals(*, as_json: bool) -> Iterator[None]:
    """Turn errors into words and exit codes: 2 for settings, 1 for everything refused."""
    try:
        yield
    except NotValid as error:
        _refuse("the document does not fit", as_json=as_json, faults=error.faults)
    except (CdsError, PortError) as error:
        code = USAGE if isinstance(error, SettingsError) else REFUSED
        _refuse(str(error), as_json=as_json, code=code)


def _refuse(message: str, *, as_json: bool, faults: list[Fault] | None = None, code: int = REFUSED) -> None:
    if as_json:
        errors = {"errors": [fault_json(fault) for fault in faults]} if faults else {}
        typer.echo(json.dumps({"error": {"message": message, **errors}}, ensure_ascii=False))
    else:
        typer.echo(f"refused: {message}", err=True)
        for fault in faults or ():
            typer.echo(f"  {fault.pointer}: {fault.message}", err=True)
    raise typer.Exit(code)


def say(answer: Any, text: str, *, as_json: bool) -> None:
    """Print the answer as JSON, or its words."""
    typer.echo(json.dumps(answer, ensure_ascii=False, indent=2) if as_json else text)


def warn(warnings: tuple[Fault, ...], *, as_json: bool) -> None:
    """Print warnings for people; in JSON they are part of the answer."""
    for fault in () if as_json else warnings:
        typer.echo(f"warning: {fault.pointer}: {fault.message}", err=True)


def fault_json(fault: Fault) -> dict[str, str]:
    """Return one fault as JSON data."""
    return {"pointer": fault.pointer, "message": fault.message}


def actor() -> str:
    """Return who uses the command line, for revisions and the audit."""
    try:
        return f"cli:{getpass.getuser()}"[:100]
    except (OSError, KeyError):
        return f"cli:uid-{os.getuid()}"
