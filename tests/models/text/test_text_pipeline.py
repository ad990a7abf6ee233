"""The same model as a spaCy pipeline."""

import pytest

pytest.importorskip("numpy", reason="the text model needs the extra `text`")
pytest.importorskip("spacy", reason="the pipeline needs the extra `text`")

from models.text.features import understand
from models.text.pipeline import COMPONENTS, pipeline

TEXT = "PMH:  HTN, DM2\nNo chest pain.\n\n\tPossible PE 😀 today, mother with asthma."


def test_a_doc_is_the_text_and_has_what_understand_finds() -> None:
    nlp = pipeline()
    assert nlp.pipe_names == list(COMPONENTS)
    doc = nlp(TEXT)
    assert doc.text == TEXT
    found = understand(TEXT)
    assert [(e.start_char, e.end_char, e.label_) for e in doc.ents] == [
        (e.start, e.end, e.kind) for e in found.entities
    ]
    assert [e._.negated for e in doc.ents] == [e.negated for e in found.entities]
    assert [e._.experiencer for e in doc.ents] == [e.experiencer for e in found.entities]
    assert [span.label_ for span in doc.spans["sections"]] == ["past_medical_history"]
    assert doc._.understood == found


@pytest.mark.parametrize("text", ["", " ", "\n\n", "  a  b ", "x\t\ty\n"])
def test_blanks_stay_where_they_are(text: str) -> None:
    assert pipeline()(text).text == text
