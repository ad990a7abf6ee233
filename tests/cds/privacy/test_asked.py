"""Clinical text on its way into a model and offsets on their way back."""

from collections.abc import Mapping
from typing import Any

import pytest

from cds.privacy.asked import Scrubbing, asked, scrubbing

TEXT = "Seen by Dr. Okafor for chest pain, MRN 00482913. No fever."


class Echo:
    """A model that finds the word it is asked for."""

    name = "echo"
    version = "1"
    read: str = ""

    def schema(self) -> dict[str, Any]:
        return {"properties": {"text": {"type": "string", "format": "clinical-text"}, "word": {}}}

    def card(self) -> dict[str, Any]:
        return {"name": "echo"}

    def run(self, document: Mapping[str, Any]) -> dict[str, Any]:
        self.read = document.get("text", "")
        if "spans" in document:
            return {"words": [self.read[s["start"] : s["end"]] for s in document["spans"]]}
        at = self.read.find(document["word"])
        return {"entities": [{"start": at, "end": at + len(document["word"]), "trigger": None}], "ok": True}


@pytest.mark.parametrize("word", ["chest pain", "fever", "Seen"])
def test_offsets_fit_the_text_that_was_sent(word: str):
    model = Echo()
    found = scrubbing(model).run({"text": TEXT, "word": word})["entities"][0]
    assert TEXT[found["start"] : found["end"]] == word
    assert "Okafor" not in model.read
    assert "00482913" not in model.read


def test_what_covers_an_identifier_covers_all_of_it():
    model = Echo()
    found = scrubbing(model).run({"text": TEXT, "word": "[NAME]"})["entities"][0]
    assert TEXT[found["start"] : found["end"]] == "Okafor"


def test_spans_are_taken_along():
    at = TEXT.index("chest pain"), TEXT.index("fever")
    spans = [{"start": at[0], "end": at[0] + 10}, {"start": at[1], "end": at[1] + 5}]
    assert scrubbing(Echo()).run({"text": TEXT, "spans": spans})["words"] == ["chest pain", "fever"]


def test_a_model_without_clinical_text_stays_itself():
    class Plain(Echo):
        def schema(self) -> dict[str, Any]:
            return {}

    model = Plain()
    assert scrubbing(model) is model


def test_a_document_without_the_text_is_left_as_it_is():
    document = {"word": "x"}
    assert asked(document, ("text",)).document is document


def test_several_texts_are_all_scrubbed():
    found = asked({"text": TEXT, "other": TEXT}, ("text", "other"))
    assert "Okafor" not in str(found.document)
    assert found.answered({"start": 3}) == {"start": 3}


def test_a_scrubbing_model_says_what_its_model_says():
    model = Scrubbing(Echo(), ("text",))
    assert (model.name, model.version, model.card()["name"]) == ("echo", "1", "echo")
    assert model.schema()["properties"]
    with pytest.raises(AttributeError):
        model.run([])  # type: ignore[arg-type]  # what is no document is the model's to refuse
