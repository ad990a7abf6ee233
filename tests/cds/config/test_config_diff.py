"""A difference names every place that changed, and shows no key material."""

import copy

from config_world import EC_KEY, client
from hypothesis import given
from hypothesis import strategies as st

from cds.config import diff
from cds.config.document import dump, load

LEAVES = st.none() | st.booleans() | st.integers(-3, 3) | st.floats(-2, 2) | st.text("ab/~", max_size=2)
JSON = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab/~", max_size=2), inner, max_size=3)
    ),
    max_leaves=12,
)
DOCUMENTS = st.dictionaries(st.text("abc/~", min_size=1, max_size=2), JSON, max_size=4)


def change(document, path, op, new):
    """Apply one change as RFC 6902 would, in place."""
    *steps, last = [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]
    for step in steps:
        document = document[step]
    if op == "remove":
        del document[last]
    else:
        document[last] = new


@given(DOCUMENTS, DOCUMENTS)
def test_applying_every_change_makes_the_new_document(old, new):
    made = copy.deepcopy(old)
    for one in diff.changes(old, new):
        change(made, one.path, one.op, one.new)
    assert diff.changes(made, new) == []
    assert made == new


@given(DOCUMENTS)
def test_a_document_does_not_differ_from_itself(document):
    assert diff.changes(document, copy.deepcopy(document)) == []
    assert diff.text(document, document, names=("a", "b")) == ""


def test_one_and_true_are_not_the_same():
    found = diff.changes({"a": 1, "b": [1.0]}, {"a": True, "b": [1]})
    assert [c.path for c in found] == ["/a", "/b"]


def test_a_change_holds_place_old_and_new():
    old, new = (dump(load({"limits": {"ehr_pages": n}})) for n in (4, 5))
    assert [c.as_json() for c in diff.changes(old, new)] == [
        {"path": "/limits/ehr_pages", "op": "replace", "old": 4, "new": 5}
    ]


def test_clients_are_matched_by_id_not_by_place():
    three = dump(load({"clients": [client("a"), client("b"), client("c", profile="epic")]}))
    two = dump(load({"clients": [client("b"), client("c")]}))
    found = diff.changes(three, two)
    assert [(c.op, c.path) for c in found] == [("remove", "/clients/0"), ("replace", "/clients/1/profile")]
    back = diff.changes(two, three)
    assert (back[0].op, back[0].path) == ("add", "/clients/0")


def test_the_order_of_clients_counts_since_the_first_that_fits_is_used():
    one = dump(load({"clients": [client("a"), client("b")]}))
    two = dump(load({"clients": [client("b"), client("a")]}))
    assert [c.as_json() for c in diff.changes(one, two)] == [
        {"path": "/clients", "op": "replace", "old": ["a", "b"], "new": ["b", "a"]}
    ]


def with_key(**more):
    row = {"id": "e", "issuer": "https://e.example", "jwks": {"keys": [{**EC_KEY, **more}]}}
    return dump(load({"clients": [row]}))


def test_key_material_is_shown_by_its_thumbprint_only():
    old, new = with_key(), with_key(x=EC_KEY["y"])
    said = str([c.as_json() for c in diff.changes(old, new)]) + diff.text(old, new, names=("a", "b"))
    assert EC_KEY["x"] not in said
    assert EC_KEY["y"] not in said
    assert said.count("thumbprint") == 4
    assert "'kid': 'one'" in said


def test_a_new_client_shows_no_key_material():
    found = diff.changes(dump(load({})), with_key())
    assert EC_KEY["x"] not in str(found)
    assert found[0].new["jwks"]["keys"][0]["kid"] == "one"


def test_a_change_of_any_member_of_a_key_is_seen():
    assert diff.changes(with_key(), with_key(x5c=["MII"])) != []
    assert "MII" not in str(diff.changes(with_key(), with_key(x5c=["MII"])))
    assert [c.path for c in diff.changes(with_key(), with_key(use="sig"))] == ["/clients/0/jwks/keys"]


def test_the_thumbprint_is_the_one_of_rfc_7638():
    """The key and thumbprint of RFC 7638 section 3.1."""
    key = {
        "kty": "RSA",
        "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJE"
        "CPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2Q"
        "vzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6"
        "WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
        "e": "AQAB",
        "alg": "RS256",
        "kid": "2011-04-29",
    }  # fmt: skip
    assert diff.thumbprint(key) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_the_text_is_a_unified_difference():
    old, new = (dump(load({"limits": {"ehr_pages": n}})) for n in (4, 5))
    lines = diff.text(old, new, names=("revision 1", "revision 2")).splitlines()
    assert lines[:2] == ["--- revision 1", "+++ revision 2"]
    assert [line for line in lines if line.startswith(("-  ", "+  "))] == [
        '-    "ehr_pages": 4,',
        '+    "ehr_pages": 5,',
    ]
