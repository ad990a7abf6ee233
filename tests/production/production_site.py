"""An installation as an operator makes it: a folder, a settings file, the console script and nothing else."""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from fixture_calls import CALLS, NOW
from jwt.algorithms import ECAlgorithm
from private_postgresql import free_port

from adapters.fhir_sandbox.shift import shift_dates
from cds.settings import load
from cds.wiring import open_store

Json = dict[str, Any]
CLINICARDS = str(Path(sys.executable).parent / "clinicards")
SERVICE = "clinical-scores"
ISSUER = "https://ehr.example.org"
ORIGIN = "https://ehr.example.org"
START_SECONDS = 30.0


def request_of_today(name: str = "ckd-diabetes") -> Json:
    """Return a recorded call with its dates moved so that it was made today."""
    recorded = json.loads((CALLS / SERVICE / f"{name}.request.json").read_text(encoding="utf-8"))
    return shift_dates(recorded, (datetime.now(UTC) - NOW).days)


def identifying(request: Json) -> frozenset[str]:
    """Return what names the patient in a request: ids, names, identifiers, birth date, street, telephone."""
    patient = request["prefetch"]["patient"]
    names = [part for name in patient["name"] for part in (name["family"], *name["given"])]
    values = [row["value"] for row in (*patient.get("identifier", ()), *patient.get("telecom", ()))]
    lines = [line for address in patient.get("address", ()) for line in address.get("line", ())]
    return frozenset({request["context"]["patientId"], patient["birthDate"], *names, *values, *lines})


@dataclass(frozen=True)
class Answer:
    """What came back over HTTP."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def cards(self) -> list[Json]:
        return list(self.json["cards"])

    @property
    def revision(self) -> int:
        """The revision that all cards of the answer say they were made with."""
        found = {card["extension"]["org.clinicards.card"]["config_revision"] for card in self.cards}
        assert len(found) == 1, found
        return int(found.pop())


@dataclass
class Site:
    """One installation; what must not be in its logs is collected as it is used."""

    folder: Path
    store: str = ""
    tenant: str = "default"
    secrets: set[str] = field(default_factory=set)
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP384R1()))
    port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        self.write()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def write(self, **more: Any) -> None:
        """Write the settings file."""
        settings = {
            "base_url": self.base_url,
            "bind": f"127.0.0.1:{self.port}",
            "tenant": self.tenant,
            "workers": 2,
            "log_level": "debug",
            **({"store": self.store} if self.store else {}),
            **more,
        }
        lines = [f"{name} = {json.dumps(value)}\n" for name, value in settings.items()]
        (self.folder / "clinicards.toml").write_text("".join(lines), encoding="utf-8")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the folder of the settings file."""
        return subprocess.run(
            [CLINICARDS, *arguments], cwd=self.folder, capture_output=True, text=True, check=False, timeout=60
        )

    def cli(self, *arguments: str) -> Any:
        """Run a command that must work and return its JSON."""
        done = self.run(*arguments, "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    def key_set(self) -> Json:
        about = {"kid": "ehr-1", "alg": "ES384", "use": "sig"}
        return {"keys": [{**ECAlgorithm.to_jwk(self.key.public_key(), as_dict=True), **about}]}

    def register(self) -> None:
        """Make keys and register the EHR."""
        self.cli("keys", "new")
        (self.folder / "jwks.json").write_text(json.dumps(self.key_set()), encoding="utf-8")
        self.cli(
            *("client", "add", "--id", "main-ehr", "--issuer", ISSUER, "--jwks", "jwks.json"),
            *("--cors-origin", ORIGIN, "--fhir-origin", f"{ISSUER}/fhir"),
        )

    def token(self, path: str = f"/cds-services/{SERVICE}") -> str:
        """Return a token for one call, as the EHR signs it."""
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": self.base_url + path,
            "iat": now,
            "exp": now + 300,
            "jti": str(uuid4()),
        }
        token = jwt.encode(claims, self.key, algorithm="ES384", headers={"kid": "ehr-1"})
        self.secrets |= {token, token.rpartition(".")[2], claims["jti"]}
        return token

    @cached_property
    def admin_token(self) -> str:
        """A token for the admin API."""
        token: str = self.cli("admin", "token", "new", "--role", "admin", "--name", "operator")["token"]
        self.secrets.add(token)
        return token

    def audit(self) -> Json:
        """Return what `audit verify` says, whole or broken."""
        report: Json = json.loads(self.run("audit", "verify", "--json").stdout)
        return report

    def entries(self) -> list[Json]:
        """Return all audit entries as the store has them."""
        store = open_store(load(self.folder / "clinicards.toml"))
        try:
            rows = [*store.audit_entries(self.tenant)]
        finally:
            store.close()
        return [{"writer": row.writer, "kind": row.kind, "body": json.loads(row.body)} for row in rows]

    def spooled(self) -> list[Path]:
        """Return the spool's files that hold more than their heading."""
        return [path for path in (self.folder / "clinicards-data" / "spool").glob("*") if _size(path) > 8]

    @contextlib.contextmanager
    def serving(self, *arguments: str, workers: int = 2) -> Iterator["Running"]:
        """Run the production server until it answers, lend it, stop it and read through its log."""
        port = free_port()
        log = self.folder / f"serve-{uuid4().hex}.log"
        temporary = self.folder / f"tmp-{uuid4().hex}"
        temporary.mkdir()
        with log.open("wb") as errors:
            process = subprocess.Popen(
                [
                    *(CLINICARDS, "serve", "--bind", f"127.0.0.1:{port}"),
                    *("--workers", str(workers), *arguments),
                ],
                cwd=self.folder,
                env={**os.environ, "TMPDIR": str(temporary), "HOME": str(temporary)},
                stdout=errors,
                stderr=errors,
            )
        running = Running(self, port, process, log, temporary)
        try:
            running.wait_for_workers(workers)
            yield running
        finally:
            running.close_connections()
            running.kill_all()
        self.check_log(log)

    def check_log(self, log: Path) -> None:
        """The log is JSON lines, and holds nothing of what came in."""
        text = log.read_text(encoding="utf-8")
        found = [secret for secret in self.secrets if secret in text]
        assert not found, f"{found} in the log"
        events = [json.loads(line) for line in text.splitlines()]
        assert events[0]["event"] == "serving", events[:1]


@dataclass
class Running:
    """A running server."""

    site: Site
    port: int
    process: subprocess.Popen[bytes]
    log: Path
    temporary: Path
    opened: list["Connection"] = field(default_factory=list)

    def connection(self) -> "Connection":
        """Return a connection to whichever worker takes it."""
        self.opened.append(Connection(self.site, self.port))
        return self.opened[-1]

    def close_connections(self) -> None:
        while self.opened:
            self.opened.pop().close()

    def workers(self) -> list[int]:
        """Return the process ids of the workers."""
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in path.read_text().split()]

    def events(self, name: str) -> list[Json]:
        lines = self.log.read_text(encoding="utf-8").splitlines()
        return [event for event in map(json.loads, lines) if event["event"] == name]

    def wait_for_workers(self, count: int = 2) -> None:
        """Wait until so many workers that live are ready."""
        deadline = time.monotonic() + START_SECONDS
        while len({e["pid"] for e in self.events("worker-ready")} & {*self._living()}) < count:
            assert self.process.poll() is None, self.log.read_text(encoding="utf-8")
            assert time.monotonic() < deadline, self.log.read_text(encoding="utf-8")
            time.sleep(0.05)

    def _living(self) -> list[int]:
        return self.workers() if self.process.poll() is None else []

    def connections(self, each: int = 1) -> dict[int, list["Connection"]]:
        """Return so many kept-alive connections to each worker, by its process id."""
        found: dict[int, list[Connection]] = {pid: [] for pid in self.workers()}
        for _ in range(300):
            if all(len(mine) >= each for mine in found.values()):
                return found
            with _halted([pid for pid, mine in found.items() if len(mine) >= each]):
                connection = self.connection()
                connection.get("/healthz/live")
            worker = connection.worker(found)
            if len(found[worker]) < each:
                found[worker].append(connection)
        raise AssertionError(f"one worker takes all connections: {found}")

    def stop(self) -> int:
        """Tell the server to stop, as a service manager does, and return its exit code."""
        self.process.terminate()
        return self.process.wait(timeout=30)

    def kill_all(self) -> None:
        """Stop what runs still; the test has failed where it does not stop when it is told to."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                for pid in [*self.workers(), self.process.pid]:
                    os.kill(pid, signal.SIGKILL)
                self.process.wait()
                raise


class Connection:
    """One kept-alive connection, which stays with the worker that accepted it."""

    def __init__(self, site: Site, port: int) -> None:
        self._site = site
        self.http = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.http.connect()

    def get(self, path: str, **headers: str) -> Answer:
        return self.send("GET", path, headers=_named(headers))

    def send(
        self, method: str, path: str, *, headers: Mapping[str, str], body: bytes | None = None
    ) -> Answer:
        self.http.request(method, path, body=body, headers=dict(headers))
        response = self.http.getresponse()
        return Answer(response.status, dict(response.headers.items()), response.read())

    def fire(self, request: Json, *, token: str | None = None) -> Answer:
        """Fire the hook as the EHR does; without `token` a new one is signed, an empty one is left out."""
        return self._post(f"/cds-services/{SERVICE}", request, token=token)

    def feedback(self, card: str, *, token: str | None = None) -> Answer:
        item = {
            "card": card,
            "outcome": "overridden",
            "outcomeTimestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }
        return self._post(f"/cds-services/{SERVICE}/feedback", {"feedback": [item]}, token=token)

    def _post(self, path: str, body: Json, *, token: str | None) -> Answer:
        token = self._site.token(path) if token is None else token
        headers = {
            "Content-Type": "application/json",
            **({"Authorization": f"Bearer {token}"} if token else {}),
        }
        return self.send("POST", path, headers=headers, body=json.dumps(body).encode())

    def worker(self, pids: Mapping[int, object]) -> int:
        """Return the worker that has the other end of this connection, as the kernel knows it."""
        assert self.http.sock is not None
        inode = _inode(self.http.port, self.http.sock.getsockname()[1])
        for pid in pids:
            with contextlib.suppress(FileNotFoundError):
                ends = [str(link.readlink()) for link in _handles(pid)]
                if f"socket:[{inode}]" in ends:
                    return pid
        raise AssertionError("no worker has this connection")

    def close(self) -> None:
        self.http.close()


@contextlib.contextmanager
def _halted(pids: Sequence[int]) -> Iterator[None]:
    """Halt workers that have their connections, so that one with less to do accepts the next."""
    try:
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("__", "-"): value for name, value in headers.items()}


def _handles(pid: int) -> Iterator[Path]:
    for link in Path(f"/proc/{pid}/fd").iterdir():
        if link.is_symlink():
            yield link


def _inode(server_port: int, client_port: int) -> str:
    wanted = (f"0100007F:{server_port:04X}", f"0100007F:{client_port:04X}")
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        columns = line.split()
        if (columns[1], columns[2]) == wanted:
            return columns[9]
    raise AssertionError("the kernel does not know this connection")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def resident_kb(pid: int) -> dict[str, int]:
    """Return a process's resident and proportional memory in kB."""
    status = Path(f"/proc/{pid}/smaps_rollup").read_text()
    rows = dict(line.split(":") for line in status.splitlines()[1:])
    return {name: int(rows[name].split()[0]) for name in ("Rss", "Pss")}
