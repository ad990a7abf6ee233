"""`clinicards run`: one answer a line, in order, whatever the lines are."""

import io
import json
import os
import resource
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from models_site import Site

from cds.cli.run import lines
from models.scores.model import family

PERSON = {"weight": 70, "height": 175}


@pytest.fixture
def site(tmp_path, monkeypatch):
    return Site(tmp_path, monkeypatch)


def read(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_every_line_is_answered_in_order(site):
    """A thousand documents, a thousand answers with their ids."""
    source = site.file("in.jsonl", *({"id": n, **PERSON} for n in range(1_000)))
    result = site.ask("run", "scores/bmi", "--input", source, "--output", "out.jsonl")
    answers = read(site.folder / "out.jsonl")
    assert [row["id"] for row in answers] == list(range(1_000))
    assert answers[0] == json.loads(json.dumps(family.load("scores/bmi").run({"id": 0, **PERSON})))
    assert "1000 of 1000 lines done" in result.stderr
    assert result.stdout == ""


def test_a_line_that_cannot_be_done_holds_its_error(site):
    """Broken JSON, bad input, an empty line and no UTF-8 each stay in their place; the exit code is 1."""
    source = site.file(
        "in.jsonl", {"id": "a", **PERSON}, "{broken", {"id": "c", "weight": "x"}, "", b"\xff{}", PERSON
    )
    result = site.ask("run", "scores/bmi", "-i", source, "-o", "out.jsonl", code=1)
    good, broken, bad, empty, binary, last = read(site.folder / "out.jsonl")
    assert good["value"] == last["value"] == pytest.approx(22.857, abs=1e-3)
    assert broken["error"]["code"] == empty["error"]["code"] == binary["error"]["code"] == "bad-json"
    assert (bad["id"], bad["error"]["code"], bad["error"]["pointer"]) == ("c", "bad-input", "/weight")
    assert "2 of 6 lines done" in result.stderr
    assert "line 2: bad-json" in result.stderr


def test_standard_input_and_output_are_files_too(site):
    """`-` reads and writes streams, and the summary keeps out of the answers."""
    result = site.ask("run", "scores/bmi", "--input", "-", input=json.dumps(PERSON))
    [answer] = result.stdout.splitlines()
    assert json.loads(answer)["value"] == pytest.approx(22.857, abs=1e-3)
    assert "1 of 1 lines done" in result.stderr


def test_a_byte_order_mark_and_windows_line_ends_are_no_fault(site):
    """Files from other systems are read as they are meant."""
    (site.folder / "in.jsonl").write_bytes(b"\xef\xbb\xbf" + json.dumps(PERSON).encode() + b"\r\n")
    site.ask("run", "scores/bmi", "-i", "in.jsonl", "-o", "out.jsonl")
    assert len(read(site.folder / "out.jsonl")) == 1


def test_a_last_line_without_its_end_is_a_line(site):
    """And an empty file is no line at all."""
    (site.folder / "in.jsonl").write_text(json.dumps(PERSON))
    site.ask("run", "scores/bmi", "-i", "in.jsonl", "-o", "out.jsonl")
    assert len(read(site.folder / "out.jsonl")) == 1
    (site.folder / "in.jsonl").write_text("")
    site.ask("run", "scores/bmi", "-i", "in.jsonl", "-o", "out.jsonl")
    assert read(site.folder / "out.jsonl") == []


def test_the_summary_is_json_where_it_is_asked_for(site):
    """Counts, version and the first failure, on standard output."""
    source = site.file("in.jsonl", PERSON, "x")
    summary = site.json("run", "scores/bmi", "-i", source, "-o", "out.jsonl", code=1)
    assert (summary["lines"], summary["failed"], summary["model"]) == (2, 1, "scores/bmi")
    assert summary["first_failure"].startswith("line 2")


def test_the_schema_is_printed_without_any_input(site):
    """What `--schema` prints is the model's schema."""
    printed = json.loads(site.ask("run", "scores/kfre", "--schema").stdout)
    assert printed == json.loads(json.dumps(family.load("scores/kfre").schema()))


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("scores/kfer", "-i", "in.jsonl"), "scores/kfre"),
        (("scores/kfre@9", "-i", "in.jsonl"), "2016.1"),
        (("scores/kfre",), "--input"),
        (("scores/kfre", "-i", "none.jsonl"), "no such file"),
        (("scores/kfre", "-i", "."), "no such file"),
        (("scores/kfre", "-i", "in.jsonl", "-o", "in.jsonl"), "are the same"),
        (("scores/kfre", "-i", "in.jsonl", "-o", "link.jsonl"), "are the same"),
        (("scores/kfre", "-i", "in.jsonl", "-o", "none/out.jsonl"), "no such folder"),
    ],
)
def test_what_cannot_be_begun_is_refused_with_the_fix(site, words, hint):
    """Exit code 2, one line, and the input as it was."""
    source = site.file("in.jsonl", PERSON)
    (site.folder / "link.jsonl").symlink_to(source)
    before = source.read_bytes()
    result = site.ask("run", *words, code=2)
    assert hint in result.stderr
    assert source.read_bytes() == before


def test_a_refusal_is_json_where_it_is_asked_for(site):
    """Programs read the code of an unknown model."""
    assert site.json("run", "scores/kfer", "-i", "x", code=2)["error"]["code"] == "unknown-model"


def test_an_output_appears_whole_or_not_at_all(site, monkeypatch):
    """A run that is broken off leaves the former file and no other."""
    source = site.file("in.jsonl", PERSON, PERSON)
    (site.folder / "out.jsonl").write_text("former\n")

    def broken(model, text):
        raise KeyboardInterrupt

    monkeypatch.setattr("cds.cli.run.answer_text", broken)
    site.ask("run", "scores/bmi", "-i", source, "-o", "out.jsonl", code=130)
    assert (site.folder / "out.jsonl").read_text() == "former\n"
    assert sorted(path.name for path in site.folder.iterdir()) == ["in.jsonl", "out.jsonl"]


def test_a_link_stays_a_link_and_a_device_a_device(site):
    """What is replaced is the file that a link leads to; /dev/null is written to."""
    source = site.file("in.jsonl", PERSON)
    (site.folder / "real.jsonl").write_text("")
    (site.folder / "link.jsonl").symlink_to(site.folder / "real.jsonl")
    site.ask("run", "scores/bmi", "-i", source, "-o", "link.jsonl")
    assert (site.folder / "link.jsonl").is_symlink()
    assert len(read(site.folder / "real.jsonl")) == 1
    site.ask("run", "scores/bmi", "-i", source, "-o", os.devnull)
    assert not Path(os.devnull).is_file()


@given(
    rows=st.lists(
        st.binary(max_size=12).map(lambda b: b.replace(b"\n", b"").replace(b"\r", b"")), max_size=12
    ),
    longest=st.integers(4, 20),
    ended=st.booleans(),
)
def test_lines_are_counted_as_they_stand_and_long_ones_are_named(rows, longest, ended):
    """Each line gives one item: itself, or None where it is too long."""
    data = b"\n".join(rows) + (b"\n" if ended else b"")
    expected = data.split(b"\n")
    expected = expected[:-1] if expected[-1] == b"" else expected
    found = list(lines(io.BytesIO(data), longest=longest))
    assert len(found) == len(expected)
    for position, (one, line) in enumerate(zip(expected, found, strict=True)):
        mark = one.removeprefix(b"\xef\xbb\xbf") if position == 0 else one
        assert line == (None if len(one) > longest else mark)


@pytest.mark.slow
def test_a_long_run_keeps_its_memory(site):
    """A quarter of a million lines take no more memory than a few."""
    with (site.folder / "in.jsonl").open("w") as file:
        for n in range(250_000):
            file.write(json.dumps({"id": n, **PERSON}) + "\n")
    site.ask("run", "scores/bmi", "-i", site.file("few.jsonl", PERSON), "-o", "out.jsonl")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    site.ask("run", "scores/bmi", "-i", "in.jsonl", "-o", "out.jsonl")
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 20_000 * (1 if sys.platform == "linux" else 1024)
