"""Pinned connections: caps, deadlines, and what goes wrong on the way."""

import datetime as dt
import gzip
import logging
import socket
import ssl
import threading
import time
import tracemalloc
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from loopback import Reply, Server, in_turn, slowly

from adapters.network import Answer, Dropped, Network, Policy, TooLarge, request_to
from adapters.ports import AddressRefused, EhrBadAnswer, EhrTimeout, EhrUnavailable

_EHR = "https://ehr.example/fhir/r4"


# Real connections

_slow = pytest.mark.slow


def _ask(
    network: Network, url: str, *, seconds: float = 2.0, max_bytes: int = 100_000, connect: float = 60.0
) -> Answer:
    request = request_to(httpx2.URL(url), accept="application/json")
    until = network.clock.monotonic() + seconds
    return network.ask(request, what="Thing?a=…", until=until, max_bytes=max_bytes, connect_seconds=connect)


@pytest.fixture
def served() -> Iterator[tuple[Server, Network]]:
    with Server(lambda asked: Reply(body=b"{}")) as server:
        network = Network(Policy.of(private=[server.origin]))
        yield server, network
        network.close()


@_slow
def test_the_socket_goes_to_the_address_looked_up_once_and_host_stays_the_name() -> None:
    """A name that means another machine a moment later changes nothing for an open connection."""
    answers = iter([["127.0.0.1"], ["169.254.169.254"]])
    with Server(in_turn(Reply(body=b"1"), Reply(body=b"2"), Reply(cut=True))) as server:
        base = f"http://ehr.test:{server.port}"
        network = Network(Policy.of(private=[base]), resolver=lambda host, port: next(answers))
        assert [_ask(network, f"{base}/a").body, _ask(network, f"{base}/b").body] == [b"1", b"2"]
        assert {asked.headers["host"] for asked in server.asked} == {f"ehr.test:{server.port}"}
        assert len({asked.peer for asked in server.asked}) == 1
        with pytest.raises(Dropped):
            _ask(network, f"{base}/c")
        with pytest.raises(AddressRefused):  # the new connection asks again, and the answer is out of bounds
            _ask(network, f"{base}/d")
        network.close()


@_slow
def test_the_next_address_is_tried_where_the_first_does_not_listen() -> None:
    with Server(lambda asked: Reply(body=b"ok")) as server:
        base = f"http://ehr.test:{server.port}"
        network = Network(Policy.of(private=[base]), resolver=lambda host, port: ["127.0.0.9", "127.0.0.1"])
        assert _ask(network, base).body == b"ok"
        network.close()


@_slow
def test_an_address_outside_the_policy_is_never_connected_to(served: tuple[Server, Network]) -> None:
    server, network = served
    with pytest.raises(AddressRefused):
        _ask(network, f"http://localhost:{server.port}/")
    assert not server.asked


@_slow
def test_a_redirect_is_handed_back_and_not_followed(served: tuple[Server, Network]) -> None:
    server, network = served
    server.answer(lambda asked: Reply(302, headers={"location": f"{server.origin}/other"}))
    assert _ask(network, server.origin).status == 302
    assert len(server.asked) == 1


@_slow
def test_proxies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with Server(lambda asked: Reply(body=b"direct")) as server:
        network = Network(Policy.of(private=[server.origin]))
        assert _ask(network, server.origin).body == b"direct"
        network.close()


@_slow
def test_cookies_are_not_kept(served: tuple[Server, Network]) -> None:
    server, network = served
    server.answer(lambda asked: Reply(body=b"{}", headers={"set-cookie": "session=1"}))
    _ask(network, server.origin)
    _ask(network, server.origin)
    assert "cookie" not in server.asked[1].headers


@_slow
def test_a_connection_is_used_again(served: tuple[Server, Network]) -> None:
    server, network = served
    for _ in range(5):
        _ask(network, server.origin)
    assert len({asked.peer for asked in server.asked}) == 1


@_slow
def test_threads_share_the_network(served: tuple[Server, Network]) -> None:
    server, network = served
    server.answer(lambda asked: Reply(body=asked.path.encode()))
    with ThreadPoolExecutor(8) as threads:
        bodies = list(threads.map(lambda n: _ask(network, f"{server.origin}/{n}").body, range(80)))
    assert bodies == [f"/{n}".encode() for n in range(80)]
    assert len({asked.peer for asked in server.asked}) <= 16


# Caps


@_slow
@pytest.mark.parametrize("chunked", [False, True])
def test_an_answer_over_the_cap_is_refused(served: tuple[Server, Network], *, chunked: bool) -> None:
    server, network = served
    piece = b"x" * 1000
    if chunked:
        pieces = (b"%x\r\n%s\r\n" % (len(piece), piece) for _ in range(200))
        server.answer(lambda asked: Reply(pieces=pieces, headers={"transfer-encoding": "chunked"}, length=-1))
    else:
        server.answer(lambda asked: Reply(pieces=(piece,) * 200, length=200_000))
    with pytest.raises(TooLarge, match="larger than 100000"):
        _ask(network, server.origin)


@_slow
def test_a_gzip_bomb_is_refused_before_it_is_memory(served: tuple[Server, Network]) -> None:
    server, network = served
    bomb = gzip.compress(b"\0" * 50_000_000, 9, mtime=0)
    assert len(bomb) < 100_000
    server.answer(lambda asked: Reply(body=bomb, headers={"content-encoding": "gzip"}))
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            _ask(network, server.origin, max_bytes=1_000_000)
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()


@_slow
@pytest.mark.parametrize("body", [b"x" * 50_000, b"", b"{}"])
def test_gzip_is_unpacked(served: tuple[Server, Network], body: bytes) -> None:
    server, network = served
    packed = gzip.compress(body[:100], mtime=0) + gzip.compress(body[100:], mtime=0)
    server.answer(lambda asked: Reply(body=packed, headers={"content-encoding": "gzip"}))
    assert _ask(network, server.origin).body == body
    assert server.asked[0].headers["accept-encoding"] == "gzip"


@_slow
@pytest.mark.parametrize(
    ("packing", "body", "error"),
    [
        ("gzip", b"plain", EhrBadAnswer),
        ("gzip", gzip.compress(b"x" * 1000, mtime=0)[:-9], EhrUnavailable),
        ("br", b"x", EhrBadAnswer),
        ("deflate", zlib.compress(b"x"), EhrBadAnswer),
        ("gzip, gzip", gzip.compress(gzip.compress(b"x", mtime=0), mtime=0), EhrBadAnswer),
    ],
)
def test_packing_that_does_not_hold_or_was_not_asked_for_is_refused(
    served: tuple[Server, Network], packing: str, body: bytes, error: type[Exception]
) -> None:
    server, network = served
    server.answer(lambda asked: Reply(body=body, headers={"content-encoding": packing}))
    with pytest.raises(error):
        _ask(network, server.origin)


# Deadlines


def _seconds(action: object) -> float:
    began = time.monotonic()
    with pytest.raises(EhrTimeout):
        action()  # type: ignore[operator]
    return time.monotonic() - began


@_slow
def test_one_deadline_covers_a_body_that_drips(served: tuple[Server, Network]) -> None:
    server, network = served
    server.answer(lambda asked: Reply(pieces=slowly(b"x" * 100, time.sleep), length=100))
    assert 0.2 < _seconds(lambda: _ask(network, server.origin, seconds=0.3)) < 1.5


@_slow
def test_one_deadline_covers_headers_that_drip() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_drip_headers, args=(listening,), daemon=True).start()
        base = f"http://127.0.0.1:{listening.getsockname()[1]}"
        network = Network(Policy.of(private=[base]))
        assert 0.2 < _seconds(lambda: _ask(network, base, seconds=0.3)) < 1.5
        network.close()


def _drip_headers(listening: socket.socket) -> None:
    connection, _ = listening.accept()
    with connection:
        for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"y" * 60:
            try:
                connection.sendall(bytes([byte]))
            except OSError:
                return
            time.sleep(0.05)


@_slow
def test_one_deadline_covers_the_name_service() -> None:
    released = threading.Event()

    def hanging(host: str, port: int) -> list[str]:
        released.wait(5)
        return ["127.0.0.1"]

    network = Network(Policy.of(_EHR), resolver=hanging)
    assert 0.2 < _seconds(lambda: _ask(network, _EHR, seconds=0.3)) < 1.5
    assert 0.1 < _seconds(lambda: _ask(network, _EHR, seconds=5, connect=0.2)) < 1.5
    released.set()
    network.close()


@_slow
def test_one_deadline_covers_tls_with_a_server_that_says_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        base = f"https://127.0.0.1:{listening.getsockname()[1]}"
        network = Network(Policy.of(private=[base]))
        assert 0.2 < _seconds(lambda: _ask(network, base, seconds=0.3)) < 1.5
        network.close()


@_slow
def test_waiting_for_a_free_connection_counts_too() -> None:
    released = threading.Event()
    with Server(lambda asked: Reply(body=b"late" if released.wait(5) else b"")) as server:
        network = Network(Policy.of(private=[server.origin]), max_connections=1)
        with ThreadPoolExecutor(1) as threads:
            first = threads.submit(_ask, network, server.origin, seconds=5)
            while not server.asked:
                time.sleep(0.01)
            assert _seconds(lambda: _ask(network, server.origin, seconds=0.2)) < 1.5
            released.set()
            assert first.result().body == b"late"
        network.close()


# Failures have names


@_slow
def test_a_name_without_an_address_is_unavailable() -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    network = Network(Policy.of(_EHR), resolver=unknown)
    with pytest.raises(EhrUnavailable, match="no connection"):
        _ask(network, _EHR)
    network.close()


@_slow
def test_a_closed_port_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        base = f"http://127.0.0.1:{taken.getsockname()[1]}"
    network = Network(Policy.of(private=[base]))
    with pytest.raises(EhrUnavailable, match="no connection"):
        _ask(network, base)
    network.close()


@_slow
def test_a_body_cut_short_is_unavailable(served: tuple[Server, Network]) -> None:
    server, network = served
    server.answer(lambda asked: Reply(pieces=[b"half"], length=8, headers={"connection": "close"}))
    with pytest.raises(EhrUnavailable, match="cut short"):
        _ask(network, server.origin)


@_slow
def test_nothing_asked_or_answered_is_logged(
    served: tuple[Server, Network], caplog: pytest.LogCaptureFixture
) -> None:
    """Not even with every library at its chattiest."""
    caplog.set_level(logging.DEBUG)
    server, network = served
    server.answer(lambda asked: Reply(body=b"body-secret", headers={"content-location": "header-secret"}))
    request = request_to(
        httpx2.URL(f"{server.origin}/Patient/path-secret?name=query-secret"),
        accept="application/json",
        headers={"authorization": "Bearer token-secret"},
    )
    network.ask(request, what="Patient/…", until=network.clock.monotonic() + 2, max_bytes=1000)
    assert "secret" not in caplog.text


# TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sign a certificate for ehr.test with its own key, both in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "ehr.test")])
    now = dt.datetime.now(dt.UTC)
    built = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("ehr.test")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + built.public_bytes(serialization.Encoding.PEM))
    return file


def _tls_server(certificate: Path, names: list[str | None]) -> Server:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.sni_callback = lambda sock, name, context: names.append(name)
    return Server(lambda asked: Reply(body=b"private"), tls=context)


@_slow
def test_sni_host_and_certificate_are_those_of_the_name_while_the_socket_goes_to_the_address(
    certificate: Path,
) -> None:
    names: list[str | None] = []
    with _tls_server(certificate, names) as server:
        base = f"https://ehr.test:{server.port}"
        trusted = ssl.create_default_context(cafile=str(certificate))
        network = Network(Policy.of(private=[base]), resolver=lambda host, port: ["127.0.0.1"], tls=trusted)
        assert _ask(network, f"{base}/x").body == b"private"
        assert names == ["ehr.test"]
        assert server.asked[0].headers["host"] == f"ehr.test:{server.port}"
        network.close()


@_slow
@pytest.mark.parametrize("trusted", [True, False])
def test_a_certificate_for_another_name_or_from_a_stranger_is_refused(
    certificate: Path, *, trusted: bool
) -> None:
    with _tls_server(certificate, []) as server:
        base = f"https://{'other.test' if trusted else 'ehr.test'}:{server.port}"
        tls = ssl.create_default_context(cafile=str(certificate)) if trusted else None
        network = Network(Policy.of(private=[base]), resolver=lambda host, port: ["127.0.0.1"], tls=tls)
        with pytest.raises(EhrUnavailable, match="certificate"):
            _ask(network, base)
        assert not server.asked
        network.close()
