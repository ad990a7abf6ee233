"""The doctor at the service as EHRs see it."""

import datetime as dt
import socket
import ssl
import threading
import time
from email.utils import formatdate

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from doctor_site import ORIGIN, Clock, service

from cds.doctor import reach
from cds.doctor.examination import Wanted, examine
from cds.fire.transport import HttpPost, in_process

BASE = "http://localhost:8000"


def looked(**changes):
    post = in_process(service(**changes))
    return post, reach.look(post, BASE)


def test_a_service_that_answers_is_counted():
    assert reach.discovery(looked()[1]).state == "ok"


@pytest.mark.parametrize(
    ("changes", "state"),
    [({"status": 401}, "warn"), ({"status": 404}, "fail"), ({"body": b'{"services": []}'}, "fail")],
)
def test_a_discovery_that_is_of_no_use_is_named(changes, state):
    found = reach.discovery(looked(**changes)[1])
    assert (found.state, bool(found.fix)) == (state, True)


def test_a_service_that_is_away_is_named():
    seen = reach.look(HttpPost(timeout=2), "http://127.0.0.1:9")
    assert "nothing answers there" in reach.discovery(seen).seen
    assert [c.state for c in reach.cors(HttpPost(), seen, (ORIGIN,))] == ["skipped"]


@pytest.mark.parametrize(
    ("seconds", "state"), [(0, "ok"), (-20, "warn"), (20, "warn"), (-90, "fail"), (90, "fail")]
)
def test_clocks_are_compared_with_the_leeway_that_tokens_get(seconds, state):
    date = formatdate(time.time() + seconds, usegmt=True)
    found = reach.clock(looked(date=date)[1])
    assert found.state == state
    assert ("NTP" in found.fix) == (state != "ok")


def test_a_date_that_is_none_is_not_compared():
    assert reach.clock(looked(date="tomorrow")[1]).state == "skipped"


def test_cors_as_it_should_be_is_ok():
    post, seen = looked()
    assert [check.state for check in reach.cors(post, seen, (ORIGIN,))] == ["ok"]


@pytest.mark.parametrize(
    ("lacking", "said"),
    [
        (
            "OPTIONS Access-Control-Allow-Headers",
            "OPTIONS /cds-services: Access-Control-Allow-Headers lacks authorization, content-type",
        ),
        (
            "OPTIONS Access-Control-Allow-Methods",
            "OPTIONS /cds-services/example: Access-Control-Allow-Methods lacks POST",
        ),
        (
            "OPTIONS Access-Control-Allow-Origin",
            "OPTIONS /cds-services/example/feedback: Access-Control-Allow-Origin is missing",
        ),
        (
            "GET Access-Control-Allow-Origin",
            "GET /cds-services (200): Access-Control-Allow-Origin is missing",
        ),
        (
            "POST Access-Control-Allow-Origin",
            "POST /cds-services/example (400): Access-Control-Allow-Origin is missing",
        ),
    ],
)
def test_the_header_that_is_missing_is_named_exactly(lacking, said):
    post, seen = looked(lacking=lacking)
    (found,) = reach.cors(post, seen, (ORIGIN,))
    assert found.state == "fail"
    assert said in found.seen.split("; ")


def test_an_origin_that_is_not_registered_is_told_how():
    post, seen = looked()
    (found,) = reach.cors(post, seen, ("https://other.example",))
    assert "--cors-origin https://other.example" in found.fix


def test_plain_http_is_for_this_machine_alone():
    assert reach.tls("http://127.0.0.1:8000").state == "warn"
    assert reach.tls("http://cds.example").state == "fail"


@pytest.mark.parametrize(("days", "state"), [(90, "ok"), (3, "warn"), (-1, "warn")])
def test_a_certificate_that_ends_soon_is_named(days, state):
    now = time.time()
    until = time.strftime("%b %d %H:%M:%S %Y GMT", time.gmtime(now + days * 86_400 + 60))
    assert reach.lasting({"notAfter": until}, now=now).state == state


@pytest.fixture
def secure(tmp_path):
    """A TLS server on loopback with a certificate of its own making."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=40))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path / "both.pem"
    path.write_bytes(secret + pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer():
            try:
                connection, _ = server.accept()
                with connection, context.wrap_socket(connection, server_side=True) as tls:
                    tls.recv(1)
            except OSError:
                pass

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield f"https://localhost:{server.getsockname()[1]}", pem.decode()
    thread.join(5)


@pytest.mark.slow
def test_a_certificate_of_our_own_is_not_trusted(secure):
    found = reach.tls(secure[0])
    assert (found.state, "not trusted" in found.seen) == ("fail", True)


@pytest.mark.slow
def test_a_certificate_that_is_trusted_says_how_long_it_lasts(secure):
    found = reach.tls(secure[0], context=ssl.create_default_context(cadata=secure[1]))
    assert (found.state, "39 days" in found.seen) == ("ok", True)


def test_a_port_without_tls_is_named():
    assert reach.tls("https://127.0.0.1:9").state == "fail"


def test_origins_given_by_hand_are_checked_without_an_installation():
    wanted = Wanted(url=BASE, origins=(ORIGIN,))
    checks = {c.name: c for c in examine(wanted, clock=Clock(), post=in_process(service()))}
    assert checks[f"cors {ORIGIN}"].state == "ok"
    assert (checks["discovery"].state, checks["clock"].state) == ("ok", "ok")
