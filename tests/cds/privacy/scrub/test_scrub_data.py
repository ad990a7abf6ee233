"""The data beside the code: small, whole, and what its card says."""

import hashlib
import json
import subprocess
import sys
from importlib import resources

from cds.privacy.scrub import lexicon, patterns, reading

DATA = resources.files("cds.privacy.scrub").joinpath("lexicons")


def test_the_data_stays_under_four_and_a_half_megabytes() -> None:
    assert sum(len(path.read_bytes()) for path in DATA.iterdir() if path.is_file()) < 5_000_000


def test_the_weights_are_those_of_their_card() -> None:
    text = DATA.joinpath("weights.json").read_text(encoding="utf-8")
    found = json.loads(text)
    body = json.dumps(found["weights"], ensure_ascii=False, separators=(",", ":"))
    assert found["card"]["sha256_of_weights"] == hashlib.sha256(body.encode()).hexdigest()
    assert all(len(row) == len(reading.LABELS) - 1 for row in found["weights"].values())


def test_the_word_list_knows_names_words_drugs_and_towns() -> None:
    table = lexicon.flags()
    assert table["maria"] >> lexicon.GIVEN & 3 == 3
    assert table["nguyen"] >> lexicon.FAMILY & 3 == 3
    assert table["cough"] >> lexicon.WORD & 3
    assert table["metformin"] >> lexicon.CLINIC & 3
    assert table["toledo"] >> lexicon.PLACE & 3 == 3


def test_every_expression_compiles() -> None:
    for section, rows in patterns._tables().items():
        for name in rows if section != "parts" else ():
            assert patterns.pattern(f"{section}.{name}").pattern


def test_importing_it_loads_neither_data_nor_language_models() -> None:
    code = (
        "import sys, cds.privacy.scrub, cds.privacy.scrub.lexicon as l;"
        "sys.exit('spacy' in sys.modules or 'numpy' in sys.modules or l.flags.cache_info().currsize)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
