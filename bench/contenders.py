"""The services that are measured beside each other, each started as its own documentation says."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm
from load import Signer

HERE = Path(__file__).resolve().parent
WORKERS = 2
THREADS = 4
HEALTHCHAIN = "0.16.1"
ISSUER = "https://ehr.example.org"
_SERVICE = "clinical-scores"
_PATIENCE = 90.0


class NotStarted(Exception):
    """A contender could not be installed or started; the message says why."""


@dataclass(frozen=True)
class Contender:
    """A running server and one way of calling it."""

    name: str
    about: str
    process: "subprocess.Popen[bytes]" = field(repr=False)
    port: int
    path: str
    same: bool = False
    signer: Signer | None = None


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def stop(contenders: Sequence[Contender]) -> None:
    """End the servers."""
    processes = {c.process.pid: c.process for c in contenders}
    for process in processes.values():
        process.terminate()
    for process in processes.values():
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()


@dataclass(frozen=True)
class Site:
    """An installation of ours: its settings file, its port, and how its one client signs."""

    config: Path
    port: int
    signer: Signer


def site(folder: Path, *, validation: str) -> Site:
    """Make an installation by the documented commands: keys, a configuration, a registered client."""
    folder.mkdir(parents=True)
    port = free_port()
    config = folder / "clinicards.toml"
    base = f"http://127.0.0.1:{port}"
    config.write_text(
        f'mode = "serve"\nbase_url = "{base}"\nbind = "127.0.0.1:{port}"\ndata = "data"\n'
        f'workers = {WORKERS}\nthreads = {THREADS}\nlog_level = "warning"\nseed = "seed.json"\n',
        encoding="utf-8",
    )
    (folder / "seed.json").write_text(json.dumps({"fhir": {"validation": validation}}), encoding="utf-8")
    private, public = _key_pair()
    keys = folder / "jwks.json"
    keys.write_text(json.dumps({"keys": [public]}), encoding="utf-8")
    _run(config, "keys", "new")
    _run(config, "client", "add", "--id", "bench", "--issuer", ISSUER, "--jwks", str(keys))
    _lift_pace(config, folder)
    return Site(config, port, Signer(private, ISSUER, f"{base}/cds-services/{_SERVICE}"))


def _lift_pace(config: Path, folder: Path) -> None:
    """Publish a revision in which the client may send as much as it can."""
    document = json.loads(_run(config, "config", "get"))
    document["clients"][0]["requests_per_minute"] = 10_000_000
    changed = folder / "document.json"
    changed.write_text(json.dumps(document), encoding="utf-8")
    _run(config, "config", "publish", str(changed), "--message", "no limit on the client that measures")


def _run(config: Path, *command: str) -> str:
    line = [str(_script("clinicards")), "--config", str(config), *command]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotStarted(f"clinicards {' '.join(command[:2])}: {done.stderr.strip()[-500:]}")
    return done.stdout


def _script(name: str) -> Path:
    return Path(sys.executable).with_name(name)


def _key_pair() -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a new ES384 key as private and public JWK."""
    key = ec.generate_private_key(ec.SECP384R1())
    about = {"kid": str(uuid4()), "alg": "ES384", "use": "sig"}
    private = {**ECAlgorithm.to_jwk(key, as_dict=True), **about}
    return private, {**ECAlgorithm.to_jwk(key.public_key(), as_dict=True), **about}


def clinicards(folder: Path) -> list[Contender]:
    """Start our service twice: as it is delivered, and without validation of what comes in."""
    found = []
    for validation in ("used", "off"):
        place = site(folder / f"validation-{validation}", validation=validation)
        command = [str(_script("clinicards")), "--config", str(place.config), "serve"]
        process = _start(command, folder / f"serve-{validation}.log", f"{place.port}/healthz/ready")
        called = (process, place.port, f"/cds-services/{_SERVICE}")
        if validation == "used":
            found.append(Contender("clinicards", "every request different", *called, signer=place.signer))
            about = "one request over and over"
            found.append(Contender("clinicards, same", about, *called, same=True, signer=place.signer))
        else:
            about = "fhir.validation = off"
            found.append(Contender("clinicards, no validation", about, *called, signer=place.signer))
    return found


def flask_echo(folder: Path) -> Contender:
    """Start the bare Flask service under the same gunicorn."""
    port = free_port()
    options = ["--workers", str(WORKERS), "--threads", str(THREADS), "--worker-class", "gthread"]
    where = ["--keep-alive", "30", "--bind", f"127.0.0.1:{port}", "--chdir", str(HERE)]
    command = [sys.executable, "-m", "gunicorn", *options, *where, "--log-level", "warning", "flask_echo:app"]
    process = _start(command, folder / "flask.log", f"{port}/")
    return Contender("Flask echo", "parses the body, one fixed card", process, port, "/cds-services/echo")


def healthchain(folder: Path, cache: Path) -> list[Contender]:
    """Install HealthChain in an environment of its own and start its service."""
    python = _installed(cache)
    port = free_port()
    options = ["--workers", str(WORKERS), "--no-access-log", "--log-level", "warning", "--app-dir", str(HERE)]
    command = [str(python), "-m", "uvicorn", "healthchain_app:app", "--port", str(port), *options]
    process = _start(command, folder / "healthchain.log", f"{port}/health")
    return [
        Contender("HealthChain, adapter", "CdsFhirAdapter", process, port, "/cds/cds-services/adapter"),
        Contender("HealthChain, echo", "prefetch not looked at", process, port, "/cds/cds-services/echo"),
    ]


def _installed(cache: Path) -> Path:
    """Return the Python of an environment that has HealthChain; make it where there is none."""
    python = cache / "bin" / "python"
    wanted = f"import sys, importlib.metadata as m; sys.exit(m.version('healthchain') != '{HEALTHCHAIN}')"
    if (
        python.exists()
        and not subprocess.run([python, "-c", wanted], capture_output=True, check=False).returncode
    ):
        return python
    for line in (
        [sys.executable, "-m", "venv", str(cache)],
        [str(python), "-m", "pip", "install", "--quiet", f"healthchain=={HEALTHCHAIN}"],
    ):
        done = subprocess.run(line, capture_output=True, text=True, check=False)
        if done.returncode:
            said = done.stderr.strip().splitlines() or ["no reason was given"]
            raise NotStarted(f"healthchain {HEALTHCHAIN} cannot be installed: {said[-1][:200]}")
    return python


def _start(command: Sequence[str], log: Path, probe: str) -> "subprocess.Popen[bytes]":
    """Start a server and wait until it answers HTTP, whatever it answers."""
    environment: Mapping[str, str] = {k: v for k, v in os.environ.items() if k != "PROMETHEUS_MULTIPROC_DIR"}
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env=environment)
    until = time.monotonic() + _PATIENCE
    while process.poll() is None and time.monotonic() < until:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{probe}", timeout=5).close()
        except urllib.error.HTTPError:
            return process
        except OSError:
            time.sleep(0.2)
        else:
            return process
    process.kill()
    said = log.read_text(encoding="utf-8", errors="replace").strip()[-500:]
    raise NotStarted(f"{Path(command[0]).name} did not start: {said}")
