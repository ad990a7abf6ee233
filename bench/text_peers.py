"""Ask negspaCy and medspaCy what our text model is asked.

Run by their own Python, JSON Lines in, JSON Lines out.

    PEER_PYTHON bench/text_peers.py negspacy|medspacy < records.jsonl > answers.jsonl

A record is `{"id", "text", "spans": [{"start", "end"}]}`; an answer has for each span the flags that
the peer gives.
Their environment: `pip install 'spacy>=3.8,<3.9' negspacy` and `pip install --no-deps medspacy PyRuSH`
with what these name as missing. The last line, `{"seconds": ...}`, is the time spent without loading.
"""

import json
import sys
import time
from typing import Any


def negspacy() -> Any:
    import spacy
    from negspacy.negation import Negex  # noqa: F401  # registers the component
    from negspacy.termsets import termset

    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.add_pipe("given")
    nlp.add_pipe("negex", config={"neg_termset": termset("en_clinical").get_patterns()})
    return nlp, lambda span: {"negated": bool(span._.negex)}


def medspacy() -> Any:
    import spacy
    from medspacy.context import ConText  # noqa: F401  # registers the component

    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.add_pipe("given")
    nlp.add_pipe("medspacy_context")
    return nlp, lambda span: {
        "negated": bool(span._.is_negated),
        "uncertain": bool(span._.is_uncertain),
        "historical": bool(span._.is_historical),
        "hypothetical": bool(span._.is_hypothetical),
    }


def main() -> None:
    from spacy.language import Language
    from spacy.tokens import Doc

    Doc.set_extension("places", default=())

    @Language.component("given")
    def given(doc: Any) -> Any:
        kept: list[Any] = []
        for start, end in doc._.places:
            span = doc.char_span(start, end, label="PROBLEM", alignment_mode="expand")
            if span is not None and not any(o.start < span.end and span.start < o.end for o in kept):
                kept.append(span)
        doc.ents = tuple(kept)
        return doc

    nlp, flags = {"negspacy": negspacy, "medspacy": medspacy}[sys.argv[1]]()
    seconds = 0.0
    for line in sys.stdin:
        record = json.loads(line)
        began = time.perf_counter()
        doc = nlp.make_doc(record["text"])
        doc._.places = [(span["start"], span["end"]) for span in record["spans"]]
        for _, component in nlp.pipeline:
            doc = component(doc)
        seconds += time.perf_counter() - began
        told = []
        for span in record["spans"]:
            ent = next(
                (e for e in doc.ents if e.start_char < span["end"] and span["start"] < e.end_char), None
            )
            told.append({} if ent is None else flags(ent))
        print(json.dumps({"id": record["id"], "flags": told}))
    print(json.dumps({"seconds": seconds}))


if __name__ == "__main__":
    main()
