"""A private PostgreSQL on loopback for tests, which start it, stop it and delete it."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class PrivatePostgresql:
    """A server with a folder of its own; it can be stopped and started again with what it holds."""

    def __init__(self) -> None:
        self._binaries, self._user = _binaries(), _unprivileged()
        self._folder = Path(tempfile.mkdtemp(prefix="pg"))
        if self._user:
            os.chown(self._folder, self._user["user"], self._user["group"])  # type: ignore[arg-type]
        self._port = free_port()
        self._run("initdb", "-U", "clinicards", "--auth=trust", "-E", "UTF8", "--no-sync")
        self.start()

    @property
    def url(self) -> str:
        """The URL of its database."""
        return f"postgresql://clinicards@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        """Start and wait until it answers."""
        options = f"-p {self._port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self._folder}"
        self._run("pg_ctl", "-w", "-l", str(self._folder / "log"), "-o", options, "start")

    def stop(self) -> None:
        """Stop at once, as a host that goes down does."""
        self._run("pg_ctl", "-w", "-m", "immediate", "stop")

    def close(self) -> None:
        """Delete what it held, after it was stopped."""
        shutil.rmtree(self._folder)

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self._binaries / program, "-D", self._folder / "data", *arguments],
            check=False,
            cwd=self._folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            **self._user,
        )
        assert done.returncode == 0, done.stdout.decode(errors="replace")


def _binaries() -> Path:
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    if not BINARIES:
        pytest.skip("PostgreSQL is not installed: no initdb on PATH nor below /usr/lib/postgresql")
    return BINARIES[-1]


def _unprivileged() -> dict[str, object]:
    """PostgreSQL refuses to run as root: subprocess then runs it as somebody else."""
    if os.getuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    pytest.skip("PostgreSQL cannot run as root, and there is no user postgres or nobody")
