"""The sandbox on a loopback port."""

import threading
from collections.abc import Callable, Iterable
from ipaddress import ip_address
from socketserver import TCPServer, ThreadingMixIn
from types import TracebackType
from typing import Any, Self
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

WsgiApp = Callable[..., Iterable[bytes]]


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def server_bind(self) -> None:
        # The inherited method asks the name service for our own name, which can take seconds.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])
        self.setup_environ()


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Write nothing: URLs of searches may name patients."""


class RunningServer:
    """A server in a thread of its own; closes when its `with` block ends."""

    def __init__(self, server: WSGIServer, host: str) -> None:
        self._server = server
        name = f"[{host}]" if ":" in host else host
        self.url = f"http://{name}:{server.server_port}"
        self._thread = threading.Thread(
            target=server.serve_forever, args=(0.05,), name="fhir-sandbox", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop serving and free the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def serve(app: WsgiApp, host: str = "127.0.0.1", port: int = 0) -> RunningServer:
    """Serve an application on loopback; port 0 picks a free one."""
    if host != "localhost" and not ip_address(host).is_loopback:
        raise ValueError("the sandbox serves loopback only; use host 127.0.0.1")
    server = _Server((host, port), _Silent)
    server.set_app(app)
    return RunningServer(server, host)
