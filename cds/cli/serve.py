"""`clinicards serve`: the production server, gunicorn with threads."""

import gc
import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from cds.cli.settings import settings_of
from cds.settings import Settings, check


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
    # prometheus-client decides at import whether processes share their numbers, so this comes first.
    os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", tempfile.mkdtemp(prefix="clinicards-metrics-"))
    from gunicorn.app.base import BaseApplication
    from prometheus_client.multiprocess import mark_process_dead

    from cds.cli.logging import configure
    from cds.wiring import build, warm

    configure(settings.log_level)
    _prove(settings)

    class Server(BaseApplication):  # type: ignore[misc]
        """gunicorn with our settings and nothing read from elsewhere."""

        def load_config(self) -> None:
            """Set what the settings say."""
            for key, value in _options(settings).items():
                self.cfg.set(key, value)
            self.cfg.set("child_exit", lambda _server, worker: mark_process_dead(worker.pid))  # type: ignore[no-untyped-call]

        def load(self) -> Any:
            """Build the application in its worker and keep what is loaded out of the collector's way."""
            from cds.web import create_app

            live = build(settings).start()
            warm(live.parts)
            app = create_app(live)
            gc.collect()
            gc.freeze()
            return app

    Server().run()


def _prove(settings: Settings) -> None:
    """Build once and let go, so that what is missing is said before any worker starts."""
    from cds.wiring import build

    build(settings).close()


def _options(settings: Settings) -> dict[str, Any]:
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
        "proc_name": "clinicards",
        "forwarded_allow_ips": "127.0.0.1",
        "limit_request_line": 4094,
        "limit_request_field_size": 16_380,
        "worker_tmp_dir": "/dev/shm" if Path("/dev/shm").is_dir() else None,  # noqa: S108
    }
