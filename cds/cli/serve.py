"""`clinicards serve`: the production server, gunicorn with threads."""

import contextlib
import gc
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import structlog
import typer

from adapters.ports import PortError
from cds.cli.settings import settings_of
from cds.errors import CdsError, SettingsError
from cds.settings import Settings, check

if TYPE_CHECKING:
    from cds.wiring import Live

log = structlog.get_logger("clinicards")

NUMBERS = "PROMETHEUS_MULTIPROC_DIR"
_PAUSE_SECONDS = 1.0
"""How long a worker that could not start waits before another takes its place."""
_NOT_STARTED = 1
"""Its exit code. gunicorn stops all workers where one exits with 3; this one is replaced."""


def serve(
    context: typer.Context,
    bind: Annotated[str, typer.Option(help="HOST:PORT; the file's `bind` where not given.")] = "",
    workers: Annotated[int, typer.Option(help="Worker processes; the file's `workers` where 0.")] = 0,
    demo: Annotated[
        bool, typer.Option("--demo", help="Accept calls without a token. Loopback only.")
    ] = False,
    config: Annotated[Path | None, typer.Option(help="The settings file (as before the command).")] = None,
) -> None:
    """Serve CDS Hooks in production: several processes, shared store, registered clients only."""
    settings = settings_of(context, config)
    chosen = {"bind": bind} if bind else {}
    settings = replace(settings, workers=workers or settings.workers, **chosen)  # type: ignore[arg-type]
    if demo:
        settings = replace(settings, mode="demo")
    run(check(settings))


def run(settings: Settings) -> None:
    """Run gunicorn in this process until it is told to stop."""
    from cds.cli.logging import configure

    configure(settings.log_level)
    # prometheus-client decides at import whether processes share their numbers, so this comes first.
    with _numbers():
        _prove(settings)
        _server(settings).run()


@contextlib.contextmanager
def _numbers() -> Iterator[None]:
    """Name a folder of this server's own where its workers keep their numbers, and delete it at the end.

    One that the environment names is not used: it may hold another server's numbers, which would be added.
    """
    # Until gunicorn takes over, a signal to stop would end the process before anything is tidied up.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    # It waits while the folder is made, so that there is never one that nobody will delete.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    folder, owner = tempfile.mkdtemp(prefix="clinicards-metrics-"), os.getpid()
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        os.environ[NUMBERS] = folder
        yield
    finally:
        # Workers leave through here too, and the folder is not theirs.
        if os.getpid() == owner:
            shutil.rmtree(folder, ignore_errors=True)


def _prove(settings: Settings) -> None:
    """Build once and let go: what is missing is said before any worker starts, what is loaded is shared."""
    from cds.web import create_app
    from cds.wiring import build, warm

    try:
        live = build(settings)
    except PortError as error:
        raise SettingsError(f"this service cannot start: {error}") from None
    warm(live.parts)
    create_app(live)
    live.close()
    # What is frozen before the fork stays in pages that all workers share.
    gc.collect()
    gc.freeze()
    # A call makes thousands of short-lived objects and no cycles; looking for some costs half a millisecond.
    gc.set_threshold(50_000, 20, 50)


def _server(settings: Settings) -> Any:
    """Return gunicorn's application, which builds ours in each worker."""
    from gunicorn.app.base import BaseApplication
    from prometheus_client.multiprocess import mark_process_dead

    class Server(BaseApplication):  # type: ignore[misc]
        """gunicorn with our settings and nothing read from elsewhere."""

        live: "Live | None" = None

        def load_config(self) -> None:
            """Set what the settings say."""
            for key, value in _options(settings).items():
                if key in self.cfg.settings:
                    self.cfg.set(key, value)
            self.cfg.set("child_exit", lambda _server, worker: mark_process_dead(worker.pid))  # type: ignore[no-untyped-call]
            self.cfg.set("worker_exit", lambda _server, _worker: self.close())

        def load(self) -> Any:
            """Build the application in its worker and keep what is loaded out of the collector's way."""
            from cds.web import create_app

            started = time.perf_counter()
            self.live = _started(settings)
            app = create_app(self.live)
            gc.collect()
            gc.freeze()
            seconds = time.perf_counter() - started
            log.info("worker-ready", pid=os.getpid(), frozen=gc.get_freeze_count(), ms=round(seconds * 1000))
            return app

        def close(self) -> None:
            """Enter what is still to be entered when a worker goes; the main process has nothing to close."""
            live, self.live = self.live, None
            if live is not None:
                live.close()

    log.info("serving", bind=settings.bind, workers=settings.workers, mode=settings.mode)
    return Server()


def _started(settings: Settings) -> "Live":
    """Return a worker's parts; where they cannot be had, leave the process so that another tries.

    The others go on meanwhile: a store that is away, or a setting that was spoilt since the start, must not
    take down those that still answer.
    """
    from cds.wiring import build, warm

    try:
        live = build(settings).start()
    except (CdsError, PortError) as error:
        log.error("worker-not-started", reason=str(error))  # noqa: TRY400  # no traceback goes to the log
        time.sleep(_PAUSE_SECONDS)
        raise SystemExit(_NOT_STARTED) from None
    warm(live.parts)
    return live


def _options(settings: Settings) -> dict[str, Any]:
    from cds.cli.logging import server_logger

    return {
        "bind": settings.bind,
        "workers": settings.workers,
        "threads": settings.threads,
        "worker_class": "gthread",
        "timeout": 30,
        "graceful_timeout": 20,
        "keepalive": 30,
        "max_requests": 0,
        "accesslog": None,
        "errorlog": "-",
        "loglevel": "warning",
        "logger_class": server_logger(),
        "proc_name": "clinicards",
        # Nobody: X-Forwarded-* is read by the application, and only where `trusted_proxies` says so.
        "forwarded_allow_ips": "",
        # Releases from 25.1 on open a control socket in the home directory, one for all servers.
        "control_socket_disable": True,
        "limit_request_line": 4094,
        "limit_request_field_size": 16_380,
        "worker_tmp_dir": "/dev/shm" if Path("/dev/shm").is_dir() else None,  # noqa: S108
    }
