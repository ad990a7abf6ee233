"""A document goes out as JSON, comes in as JSON or TOML, and anything doubtful is refused."""

import json

import orjson
import pytest
from config_world import client
from hypothesis import given
from hypothesis import strategies as st

from cds.config.document import load
from cds.config.exchange import parse_json, read_file, written
from cds.errors import BadRequest


def test_what_is_written_reads_back_as_the_same_document(tmp_path):
    document = load({"clients": [client()], "texts": {"source_label": "Klinik Zürich"}})
    file = tmp_path / "c.json"
    file.write_text(written(document), encoding="utf-8")
    assert load(read_file(file)) == document


def test_toml_says_the_same_as_json(tmp_path):
    file = tmp_path / "c.toml"
    file.write_text(
        '[services.clinical-scores]\nmax_cards = 2\nrollout = {mode = "silent"}\n', encoding="utf-8"
    )
    assert read_file(file) == {
        "services": {"clinical-scores": {"max_cards": 2, "rollout": {"mode": "silent"}}}
    }


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("c.yaml", "a: 1", "ends in .json or .toml"),
        ("c.json", "{", "no JSON"),
        ("c.json", '{"a": 1, "a": 2}', "'a' stands twice"),
        ("c.json", '{"a": NaN}', "no JSON"),
        ("c.json", '{"a": "\\ud800"}', "no JSON"),
        ("c.json", '{"a":' * 40 + "1" + "}" * 40, "deeper"),
        ("c.json", "[" * 100_000, "no JSON"),
        ("c.toml", "a = ", "no TOML"),
        ("c.toml", "a = 2024-01-01", "no TOML that JSON can say"),
        ("c.toml", "a = inf", "no TOML that JSON can say"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_with_its_name(tmp_path, name, content, why):
    file = tmp_path / name
    file.write_text(content, encoding="utf-8")
    with pytest.raises(BadRequest, match=why) as caught:
        read_file(file)
    assert str(file) in caught.value.message


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(BadRequest, match="cannot be read"):
        read_file(tmp_path / "no.json")


@given(st.binary(max_size=40))
def test_no_bytes_break_the_reader(content):
    """What it takes, the standard library takes too; all else is a `BadRequest`."""
    try:
        taken = orjson.dumps(parse_json(content))
    except BadRequest:
        return
    assert orjson.loads(taken) == orjson.loads(content)
    json.loads(content)
