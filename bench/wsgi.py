"""A call as a WSGI server hands it on: what benches in one process send."""

import io
from typing import Any
from wsgiref.util import setup_testing_defaults


def environ(path: str, body: bytes, token: str, port: int) -> dict[str, Any]:
    """Return the WSGI environment of one POST."""
    made: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_AUTHORIZATION": f"Bearer {token}",
        "HTTP_HOST": f"127.0.0.1:{port}",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.input": io.BytesIO(body),
    }
    setup_testing_defaults(made)
    return made
