"""A private PostgreSQL for tests of the store, started and stopped by them."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))


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


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of an empty PostgreSQL on loopback, gone after the tests."""
    binaries, user = _binaries(), _unprivileged()
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    if user:
        os.chown(folder, user["user"], user["group"])  # type: ignore[arg-type]
    data, port = folder / "data", _free_port()
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"

    def run(program: str, *arguments: str) -> None:
        done = subprocess.run(
            [binaries / program, "-D", data, *arguments],
            check=False,
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            **user,
        )
        assert done.returncode == 0, done.stdout.decode(errors="replace")

    run("initdb", "-U", "clinicards", "--auth=trust", "-E", "UTF8", "--no-sync")
    run("pg_ctl", "-w", "-l", str(folder / "log"), "-o", options, "start")
    try:
        yield f"postgresql://clinicards@127.0.0.1:{port}/postgres"
    finally:
        run("pg_ctl", "-w", "-m", "immediate", "stop")
        shutil.rmtree(folder)
