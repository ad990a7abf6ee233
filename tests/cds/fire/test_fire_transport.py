"""What carries a request: HTTP and WSGI give the same answers."""

import pytest
from fire_service import Service

from adapters.fhir_sandbox.server import serve
from cds.fire.errors import CannotFire
from cds.fire.transport import MAX_BYTES, HttpPost, in_process, shown

JSON = {"Content-Type": "application/json", "X-Own": "yes"}


@pytest.mark.slow
def test_an_application_answers_the_same_in_process_and_over_loopback():
    service = Service()
    with serve(service) as server:
        over = HttpPost().send("POST", f"{server.url}/cds-services/a%20b", headers=JSON, body=b'{"a": 1}')
    inside = in_process(service).send("POST", "http://x/cds-services/a%20b", headers=JSON, body=b'{"a": 1}')
    assert (over.status, over.body) == (inside.status, inside.body)
    assert over.headers["content-type"] == inside.headers["content-type"]
    assert service.seen == [{"a": 1}, {"a": 1}]


def test_a_closed_port_is_an_error_that_says_what_to_look_at():
    with pytest.raises(CannotFire, match="nothing answers there"):
        HttpPost(timeout=2).send("GET", "http://127.0.0.1:9/cds-services?patient=secret", headers={})


@pytest.mark.parametrize("url", ["ftp://x/y", "http://[bad", "no-url"])
def test_an_address_that_is_none_is_an_error(url):
    with pytest.raises(CannotFire):
        HttpPost(timeout=2).send("GET", url, headers={})


@pytest.mark.slow
def test_an_endless_answer_is_cut_off():
    def endless(environ, start):
        start("200 OK", [])
        return (b"x" * 1_000_000 for _ in range(MAX_BYTES // 1_000_000 + 2))

    with serve(endless) as server, pytest.raises(CannotFire, match="over"):
        HttpPost().send("GET", server.url, headers={})


def test_what_an_application_writes_comes_before_what_it_returns_and_it_is_closed():
    closed = []

    class Body(list):
        def close(self):
            closed.append(True)

    def app(environ, start):
        start("201 Created", [("X-A", "1")])(b"first ")
        return Body([environ["wsgi.input"].read(), environ["QUERY_STRING"].encode()])

    reply = in_process(app).send("POST", "https://x:8443/p?q=1", headers={}, body=b"second ")
    assert (reply.status, reply.body, reply.headers) == (201, b"first second q=1", {"x-a": "1"})
    assert closed == [True]


def test_an_address_is_shown_without_query_and_credentials():
    assert shown("https://me:pass@host:8443/p?patient=1") == "https://host:8443/p"
