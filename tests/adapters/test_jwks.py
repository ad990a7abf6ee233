"""Keys of issuers: how long they live, what is refused, and how rarely an issuer is asked."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback import Reply, Server, SetClock, in_turn, slowly

from adapters.jwks import JwksStore, _public_keys, _UnsafeSet
from adapters.network import Policy
from adapters.ports import KeySets, KeySetUnavailable
from adapters.testing_network import check_key_sets

pytestmark = pytest.mark.slow

_EC = {"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA", "use": "sig"}


def _key(kid: str, **more: Any) -> dict[str, Any]:
    return {**_EC, "kid": kid, **more}


def _set(*kids: str, status: int = 200, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, orjson.dumps({"keys": [_key(kid) for kid in kids]}), named)


class _Issuer:
    """A server of keys and the store that reads it."""

    def __init__(self, *replies: Reply) -> None:
        self.server = Server(in_turn(*replies))
        self.clock = SetClock()
        self.url = f"{self.server.origin}/jwks.json"
        self.store = JwksStore(Policy.of(private=[self.url]), clock=self.clock)

    def kids(self, kid: str = "a") -> list[Any]:
        return [key["kid"] for key in self.store.keys(self.url, kid=kid)]

    @property
    def times(self) -> int:
        """How often the issuer was asked."""
        return len(self.server.asked)


@pytest.fixture
def issue() -> Iterator[Callable[..., _Issuer]]:
    issuers: list[_Issuer] = []

    def start(*replies: Reply) -> _Issuer:
        issuers.append(_Issuer(*replies))
        return issuers[-1]

    yield start
    for issuer in issuers:
        issuer.store.close()
        issuer.server.close()


Issue = Callable[..., _Issuer]


def test_the_promises_of_key_sets_hold() -> None:
    closing: list[Callable[[], None]] = []

    def factory(published: Any) -> tuple[KeySets, str]:
        server = Server(lambda asked: Reply(body=orjson.dumps(published)))
        store = JwksStore(Policy.of(private=[f"{server.origin}/jwks.json"]))
        closing.extend((store.close, server.close))
        return store, f"{server.origin}/jwks.json"

    try:
        check_key_sets(factory)
    finally:
        for close in closing:
            close()


# How long keys live


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("", 300),
        ("no-store", 300),
        ("max-age=5", 300),
        ("public, max-age=450", 450),
        ("max-age=86400", 600),
        ("s-maxage=450", 300),
        ("max-age=soon", 300),
    ],
)
def test_keys_live_as_long_as_the_issuer_says_within_five_and_ten_minutes(
    issue: Issue, told: str, seconds: int
) -> None:
    issuer = issue(_set("a", Cache_Control=told) if told else _set("a"))
    issuer.kids()
    issuer.clock.time += seconds - 1
    issuer.kids()
    assert issuer.times == 1
    issuer.clock.time += 2
    issuer.kids()
    assert issuer.times == 2


@pytest.mark.parametrize(
    "failure",
    [Reply(500), Reply(404), Reply(302), Reply(cut=True), Reply(200, b"<html>"), Reply(200, b'{"keys":[]}')],
)
def test_keys_of_an_issuer_that_fails_stay_good_for_a_day(issue: Issue, failure: Reply) -> None:
    issuer = issue(_set("a"), failure)
    issuer.kids()
    issuer.clock.time += 24 * 3600 - 1
    assert issuer.kids() == ["a"]
    assert issuer.times == 2
    issuer.clock.time += 2
    with pytest.raises(KeySetUnavailable):
        issuer.kids()


def test_a_failing_issuer_is_asked_again_after_a_pause_only(issue: Issue) -> None:
    issuer = issue(_set("a"), Reply(500))
    issuer.kids()
    issuer.clock.time += 700
    for _ in range(20):
        assert issuer.kids() == ["a"]
    assert issuer.times == 2
    issuer.clock.time += 11
    issuer.kids()
    assert issuer.times == 3


def test_an_issuer_that_never_answered_is_not_hammered_either(issue: Issue) -> None:
    issuer = issue(Reply(500))
    for _ in range(20):
        with pytest.raises(KeySetUnavailable, match="answered 500"):
            issuer.kids()
    assert issuer.times == 1


def test_after_a_failure_the_first_good_answer_counts(issue: Issue) -> None:
    issuer = issue(Reply(500), _set("a"))
    with pytest.raises(KeySetUnavailable):
        issuer.kids()
    issuer.clock.time += 11
    assert issuer.kids() == ["a"]


# Key ids that are not there


def test_a_new_key_is_found_at_once(issue: Issue) -> None:
    issuer = issue(_set("a"), _set("a", "b"))
    issuer.kids()
    issuer.clock.time += 31
    assert issuer.kids("b") == ["a", "b"]


def test_invented_key_ids_do_not_flood_the_issuer(issue: Issue) -> None:
    issuer = issue(_set("a"))
    issuer.kids()
    for number in range(200):
        assert issuer.kids(f"invented-{number}") == ["a"]
        issuer.clock.time += 1
    assert issuer.times <= 2 + 200 / 30


def test_a_key_id_known_as_unknown_is_not_asked_for_again_soon(issue: Issue) -> None:
    issuer = issue(_set("a", Cache_Control="max-age=600"))
    for _ in range(9):
        issuer.kids("unknown")
        issuer.clock.time += 31
    assert issuer.times == 1


def test_what_is_remembered_of_unknown_key_ids_is_bounded(issue: Issue) -> None:
    issuer = issue(_set("a"))
    for number in range(300):
        issuer.kids(f"invented-{number}")
        issuer.clock.time += 31
    slot = issuer.store._slots[issuer.url]
    assert len(slot.misses) <= 256


def test_a_token_without_a_key_id_gets_the_whole_set(issue: Issue) -> None:
    issuer = issue(_set("a", "b"))
    assert issuer.kids("") == ["a", "b"]
    issuer.clock.time += 31
    issuer.kids("")
    assert issuer.times == 1


# What is refused


@pytest.mark.parametrize(
    "keys",
    [
        [_key("a", d="AA")],
        [_key("a"), {"kty": "oct", "k": "AA", "kid": "b"}],
        [_key("a"), {"kty": "RSA", "n": "AA", "e": "AQAB", "p": "AA", "kid": "b"}],
        [_key("a"), {"kty": "oct", "kid": "b"}],
    ],
)
def test_a_set_with_a_secret_is_refused_and_ends_what_was_kept(
    issue: Issue, keys: list[dict[str, Any]]
) -> None:
    issuer = issue(_set("a"), Reply(body=orjson.dumps({"keys": keys})))
    issuer.kids()
    issuer.clock.time += 601
    for _ in range(2):
        with pytest.raises(KeySetUnavailable, match="symmetric or private"):
            issuer.kids()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b'{"keys":{}}',
        b'{"keys":["a"]}',
        b'{"keys":[]}',
        b'{"keys":[{"kty":"EC"}]}',
        orjson.dumps({"keys": [_key("a", use="enc")]}),
        orjson.dumps({"keys": [_key(str(n)) for n in range(65)]}),
    ],
)
def test_what_is_no_usable_key_set_is_refused(issue: Issue, body: bytes) -> None:
    with pytest.raises(KeySetUnavailable):
        issue(Reply(body=body)).kids()


def test_keys_of_unknown_kinds_are_left_out(issue: Issue) -> None:
    keys = [_key("a"), {"kty": "AKP", "kid": "future", "pub": "AA"}]
    assert issue(Reply(body=orjson.dumps({"keys": keys}))).kids() == ["a"]


def test_a_set_over_the_cap_of_bytes_is_refused(issue: Issue) -> None:
    with pytest.raises(KeySetUnavailable, match="larger than 262144"):
        issue(Reply(body=b'{"keys":[],"x":"' + b"x" * 262_144 + b'"}')).kids()


def test_a_redirect_is_not_followed(issue: Issue) -> None:
    issuer = issue(_set("a", status=302, Location="/elsewhere"))
    with pytest.raises(KeySetUnavailable, match="302"):
        issuer.kids()
    assert issuer.times == 1


@pytest.mark.parametrize(
    "url", ["https://idp.example/jwks.json", "http://127.0.0.1:1/jwks.json", "nonsense", "file:///etc/passwd"]
)
def test_an_address_that_is_not_registered_is_never_asked(issue: Issue, url: str) -> None:
    issuer = issue(_set("a"))
    with pytest.raises(KeySetUnavailable, match="refused"):
        issuer.store.keys(url, kid="a")
    assert not issuer.store._slots


def test_an_issuer_inside_our_network_is_refused_unless_registered_so() -> None:
    store = JwksStore(Policy.of("https://10.0.0.1/jwks.json"))
    with pytest.raises(KeySetUnavailable, match="not public"):
        store.keys("https://10.0.0.1/jwks.json", kid="a")
    store.close()


# Threads and time


def test_many_threads_cause_one_fetch(issue: Issue) -> None:
    issuer = issue(_set("a"))
    good = _set("a")

    def late(asked: object) -> Reply:
        time.sleep(0.1)
        return good

    issuer.server.answer(late)
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: issuer.kids(), range(24)))
    assert found == [["a"]] * 24
    assert issuer.times == 1


def test_while_one_thread_fetches_the_others_go_on_with_good_keys(issue: Issue) -> None:
    issuer = issue(_set("a"))
    issuer.kids()
    issuer.clock.time += 601
    released = threading.Event()

    def hanging(asked: object) -> Reply:
        released.wait(5)
        return _set("b")

    issuer.server.answer(hanging)
    with ThreadPoolExecutor(1) as threads:
        fetching = threads.submit(issuer.kids, "b")
        while issuer.times < 2:
            time.sleep(0.005)
        began = time.monotonic()
        assert issuer.kids("a") == ["a"]
        assert time.monotonic() - began < 0.5
        released.set()
        assert fetching.result() == ["b"]


def test_one_slow_issuer_does_not_hold_up_another(issue: Issue) -> None:
    released = threading.Event()
    with (
        Server(lambda asked: Reply(404) if released.wait(5) else Reply()) as slow,
        Server(in_turn(_set("b"))) as quick,
    ):
        store = JwksStore(Policy.of(private=[slow.origin, quick.origin]))
        with ThreadPoolExecutor(1) as threads:
            first = threads.submit(store.keys, slow.origin, kid="a")
            while not slow.asked:
                time.sleep(0.005)
            assert [key["kid"] for key in store.keys(quick.origin, kid="b")] == ["b"]
            released.set()
            assert isinstance(first.exception(), KeySetUnavailable)
        store.close()


def test_a_dripping_issuer_is_given_up_after_three_seconds(issue: Issue) -> None:
    issuer = issue(Reply(pieces=slowly(b" " * 200, time.sleep), length=200))
    issuer.clock = SetClock()
    began = time.monotonic()
    store = JwksStore(Policy.of(private=[issuer.url]))
    with pytest.raises(KeySetUnavailable, match="in time"):
        store.keys(issuer.url, kid="a")
    assert 2.5 < time.monotonic() - began < 3.6
    store.close()


@given(
    st.recursive(
        st.none() | st.text(max_size=4) | st.integers(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["keys", "kty", "kid", "use", "n", "e", "d", "x", "crv"]), inner
            )
        ),
        max_leaves=10,
    )
)
def test_any_json_at_all_is_keys_or_a_named_refusal(document: Any) -> None:
    for sent in (document, {"keys": document}, {"keys": [document]}):
        try:
            keys = _public_keys(orjson.dumps(sent))
        except (KeySetUnavailable, _UnsafeSet, orjson.JSONEncodeError):
            continue
        assert keys
        assert all("d" not in key and key["kty"] in {"RSA", "EC", "OKP"} for key in keys)
