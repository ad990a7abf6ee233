"""The Open Inference Protocol: metadata, inference in order, errors in their place, closed to strangers."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from models_world import World, records, results

from adapters.ports import StoreUnavailable
from models.base import BadInput
from models.registry import Registry
from models.scores.model import family

KFRE = {"age_years": 63, "sex": "male", "egfr": 33, "urine_acr": 500, "region": "north_america"}
SHARED = World()


@pytest.fixture
def world():
    return World()


def tensor(name, datatype, data, shape=None):
    return {"name": name, "datatype": datatype, "shape": shape or [len(data)], "data": data}


def test_the_server_says_who_it_is_and_that_it_has_no_extensions(world):
    """The binary tensor extension is not among the extensions."""
    body = world.get("/v2").get_json()
    assert (body["name"], body["extensions"]) == ("clinicards", [])
    assert body["version"]


@pytest.mark.parametrize("mode", ["demo", "serve"])
def test_health_is_open_to_all(mode):
    """Probes have no token."""
    world = World(mode)
    assert world.get("/v2/health/live").get_json() == {"live": True}
    assert world.get("/v2/health/ready").get_json() == {"ready": True}
    assert World(mode, families={}).get("/v2/health/ready").status_code == 503


def test_metadata_names_versions_and_tensors(world):
    """`record` for all; named tensors of the right datatype; one output."""
    body = world.get("/v2/models/scores.kfre").get_json()
    version = family.load("scores/kfre").version
    assert (body["name"], body["versions"]) == ("scores.kfre", [version])
    assert body["inputs"][0] == {"name": "record", "datatype": "BYTES", "shape": [-1]}
    kinds = {row["name"]: row["datatype"] for row in body["inputs"]}
    assert (kinds["egfr"], kinds["sex"]) == ("FP64", "BYTES")
    assert body["outputs"] == [{"name": "result", "datatype": "BYTES", "shape": [-1]}]
    assert world.get(f"/v2/models/scores.kfre/versions/{version}").get_json() == body


def test_metadata_of_a_questionnaire_has_a_second_dimension(world):
    """Nine answers are one element."""
    inputs = world.get("/v2/models/scores.phq-9").get_json()["inputs"]
    assert {"name": "items", "datatype": "INT64", "shape": [-1, 9]} in inputs


def test_a_model_of_nested_documents_takes_records_only(world):
    """The suite's inputs are an object, which is no tensor."""
    inputs = world.get("/v2/models/scores").get_json()["inputs"]
    assert [row["name"] for row in inputs] == ["record"]


def test_the_index_lists_every_model_as_addresses_write_it(world):
    """Each listed name is an address that answers."""
    names = world.get("/v2/models").get_json()["models"]
    assert len(names) == len(family.names())
    assert all("/" not in name for name in names)
    assert world.get(f"/v2/models/{names[5]}/ready").get_json() == {"name": names[5], "ready": True}


@pytest.mark.parametrize("path", ["", "/ready", "/versions/1", "/versions/1/ready"])
def test_an_unknown_model_or_version_is_404_with_both_kinds_of_error(world, path):
    """A problem document with the protocol's `error` member."""
    response = world.get(f"/v2/models/scores.{'kfre' if 'versions' in path else 'kfer'}{path}")
    assert (response.status_code, response.mimetype) == (404, "application/problem+json")
    body = response.get_json()
    assert body["error"] == body["detail"]
    assert "scores/kfre" in body["error"]


def test_records_are_answered_in_order_as_run_answers_them(world):
    """Two documents, two results, with id and version."""
    response = world.infer(
        "scores.kfre", {"id": "call-7", **records({"id": 1, **KFRE}, {"id": 2, **KFRE, "sex": "female"})}
    )
    body = response.get_json()
    assert (body["id"], body["model_name"], body["model_version"]) == ("call-7", "scores.kfre", "2016.1")
    first, second = results(response)
    assert first == json.loads(json.dumps(family.load("scores/kfre").run({"id": 1, **KFRE})))
    assert second["id"] == 2
    assert second["values"]["risk_5y"] < first["values"]["risk_5y"]


def test_named_tensors_give_what_a_record_gives(world):
    """FP64 for numbers and BYTES for enumerated texts."""
    inputs = [
        tensor(name, "BYTES" if isinstance(value, str) else "FP64", [value, value])
        for name, value in KFRE.items()
    ]
    named = results(world.infer("scores.kfre", {"inputs": inputs}))
    assert named == results(world.infer("scores.kfre", records(KFRE, KFRE)))


def test_booleans_whole_numbers_and_lists_are_tensors_too(world):
    """BOOL, INT64, and INT64 with a second dimension, nested or flat."""
    stroke = {"inputs": [tensor("age_years", "INT64", [76]), *(
        tensor(name, "BOOL", [True])
        for name in ("congestive_heart_failure", "hypertension", "diabetes", "stroke_tia_thromboembolism",
                     "vascular_disease")
    )]}  # fmt: skip
    assert results(world.infer("scores.cha2ds2-va", stroke))[0]["value"] == 8
    for data in ([[1] * 9, [3] * 9], [1] * 9 + [3] * 9):
        asked = {"inputs": [tensor("items", "INT64", data, [2, 9])]}
        assert [row["value"] for row in results(world.infer("scores.phq-9", asked))] == [9, 27]


def test_a_null_element_means_not_known(world):
    """What is not known is missing, never nought."""
    inputs = [tensor("weight", "FP64", [70, None]), tensor("height", "FP64", [175, 175])]
    first, second = results(world.infer("scores.bmi", {"inputs": inputs}))
    assert first["value"] == pytest.approx(22.857, abs=1e-3)
    assert (second["value"], second["missing"]) == (None, ["weight"])


def test_an_element_that_cannot_be_done_holds_its_error_and_the_others_their_results(world):
    """Broken JSON, bad input with id and pointer, a null, an array: each in its place."""
    asked = records("{broken", {"id": "b", "weight": -1, "height": 175}, {"weight": 70, "height": 175}, "[]")
    asked["inputs"][0]["data"].append(None)
    asked["inputs"][0]["shape"] = [5]
    broken, bad, good, array, null = results(world.infer("scores.bmi", asked))
    assert broken["error"]["code"] == "bad-json"
    assert (bad["id"], bad["error"]["code"], bad["error"]["pointer"]) == ("b", "bad-input", "/weight")
    assert good["value"] == pytest.approx(22.857, abs=1e-3)
    assert array["error"]["code"] == null["error"]["code"] == "bad-input"


class Defective:
    """A model with a defect that would show a value."""

    name, version = "risk/defective", "1"

    def schema(self):
        return {"properties": {"id": {}, "x": {"type": "object"}}, "required": ["x"]}

    def run(self, document):
        if document == {}:
            raise BadInput("x is needed", pointer="/x")
        raise KeyError(document["x"]["name"])

    def card(self):
        return {}


class DefectiveFamily:
    def names(self):
        return ["risk/defective"]

    def load(self, name):
        return Defective()


def test_a_defect_of_a_model_stays_in_its_place_and_shows_nothing():
    """The value that the defect stumbled over is in no answer."""
    world = World(families={"d": DefectiveFamily()})
    response = world.infer("risk.defective", records({}, {"id": 3, "x": {"name": "Erika Mustermann"}}))
    first, second = results(response)
    assert first["error"]["pointer"] == "/x"
    assert (second["id"], second["error"]["code"]) == (3, "defect")
    assert "Erika" not in response.get_data(as_text=True)


BMI = [tensor("weight", "FP64", [70]), tensor("height", "FP64", [175])]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ("{", None),
        ("[]", None),
        ({}, "/inputs"),
        ({"inputs": []}, "/inputs"),
        ({"inputs": {}}, "/inputs"),
        ({"inputs": [3]}, "/inputs/0"),
        ({"inputs": BMI, "id": 3}, "/id"),
        ({"inputs": BMI, "model": "x"}, "/model"),
        ({"inputs": BMI, "outputs": 3}, "/outputs"),
        ({"inputs": BMI, "outputs": [{"name": "value"}]}, "/outputs/0/name"),
        ({"inputs": BMI, "outputs": [{"name": "result", "parameters": {"binary_data": True}}]},
         "/outputs/0/parameters/binary_data"),
        ({"inputs": [tensor("wieght", "FP64", [70])]}, "/inputs/0/name"),
        ({"inputs": [{**BMI[0], "name": ["weight"]}]}, "/inputs/0/name"),
        ({"inputs": [tensor("weight", "BYTES", ["70"])]}, "/inputs/0/datatype"),
        ({"inputs": [tensor("record", "FP64", [70])]}, "/inputs/0/datatype"),
        ({"inputs": [tensor("weight", "FP64", [70, 71], [1])]}, "/inputs/0/data"),
        ({"inputs": [tensor("weight", "FP64", [70], [1, 2])]}, "/inputs/0/shape"),
        ({"inputs": [tensor("weight", "FP64", [70], [-1])]}, "/inputs/0/shape"),
        ({"inputs": [tensor("weight", "FP64", [70], "x")]}, "/inputs/0/shape"),
        ({"inputs": [{**BMI[0], "data": 70}]}, "/inputs/0/data"),
        ({"inputs": [tensor("weight", "FP64", ["70"])]}, "/inputs/0/data/0"),
        ({"inputs": [tensor("weight", "FP64", [True])]}, "/inputs/0/data/0"),
        ({"inputs": [tensor("weight", "INT64", [70.5])]}, "/inputs/0/data/0"),
        ({"inputs": [tensor("record", "BYTES", [{"weight": 70}])]}, "/inputs/0/data/0"),
        ({"inputs": [BMI[0], BMI[0]]}, "/inputs/1/name"),
        ({"inputs": [*BMI, tensor("record", "BYTES", ["{}"])]}, "/inputs"),
        ({"inputs": [BMI[0], tensor("height", "FP64", [175, 176])]}, "/inputs"),
        ({"inputs": [{**BMI[0], "parameters": {"binary_data_size": 8}}]}, "/inputs/0/parameters"),
    ],
)  # fmt: skip
def test_a_request_that_is_not_of_the_protocol_is_400_with_the_place(world, body, pointer):
    """Every fault of the request itself is named, in both forms of error."""
    response = world.infer("scores.bmi", body)
    problem = response.get_json()
    assert (response.status_code, response.mimetype) == (400, "application/problem+json")
    assert problem["error"] == problem["detail"]
    assert [row["pointer"] for row in problem.get("errors", [])] == ([pointer] if pointer else [])


def test_binary_requests_other_media_types_and_long_bodies_are_refused(world):
    """400, 415, 413."""
    assert (
        world.infer(
            "scores.bmi", {"inputs": BMI}, headers={"Inference-Header-Content-Length": "9"}
        ).status_code
        == 400
    )
    assert (
        world.client.post("/v2/models/scores.bmi/infer", data="{}", content_type="text/plain").status_code
        == 415
    )
    small = World(body_bytes=1_000)
    assert small.infer("scores.bmi", records({"weight": 70, "x": "y" * 2_000})).status_code == 413


def test_a_thousand_elements_are_answered_and_one_more_is_refused(world):
    """The limit is named in the answer."""
    one = {"weight": 70, "height": 175}
    assert len(results(world.infer("scores.bmi", records(*[one] * 1_000)))) == 1_000
    response = world.infer("scores.bmi", records(*[one] * 1_001))
    assert response.status_code == 413
    assert "1000" in response.get_json()["error"]


def test_a_version_is_asked_for_by_its_address(world):
    """The right one answers, another is 404."""
    assert (
        world.infer("scores.bmi", {"inputs": BMI}, version=family.load("scores/bmi").version).status_code
        == 200
    )
    assert world.infer("scores.bmi", {"inputs": BMI}, version="1").status_code == 404


def bearer(text):
    return {"Authorization": f"Bearer {text}"}


def test_without_a_token_a_production_server_answers_401_for_all_but_health():
    """Nothing of the models is shown, and the stranger is counted."""
    world = World("serve")
    for path in ("/v2/models", "/v2/models/scores.bmi", "/v2/models/scores.bmi/ready"):
        assert world.get(path).status_code == 401
    response = world.infer("scores.bmi", {"inputs": BMI})
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert world.parts.strangers.count == 4


def test_a_token_with_the_role_opens_and_others_do_not():
    """Inference is a role of its own; an expired token is none."""
    world = World("serve")
    good, viewer, old = (
        world.store.add("inference"),
        world.store.add("viewer"),
        world.store.add("inference", now=0.0),
    )
    assert world.infer("scores.bmi", {"inputs": BMI}, headers=bearer(good)).status_code == 200
    assert world.infer("scores.bmi", {"inputs": BMI}, headers=bearer(viewer)).status_code == 403
    assert world.infer("scores.bmi", {"inputs": BMI}, headers=bearer(old)).status_code == 401


def test_demo_mode_is_open_on_loopback_only_and_a_wrong_token_is_still_wrong():
    """A missing token is accepted here, a present one must verify, and elsewhere one is needed."""
    world = World("demo")
    assert world.infer("scores.bmi", {"inputs": BMI}).status_code == 200
    assert world.infer("scores.bmi", {"inputs": BMI}, address="192.0.2.7").status_code == 401
    assert world.infer("scores.bmi", {"inputs": BMI}, headers=bearer("cca_x")).status_code == 401


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=80, deadline=None)
@given(
    inputs=st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                "name": st.sampled_from(["record", "weight", "height"]) | json_values,
                "datatype": st.sampled_from(["BYTES", "FP64", "BOOL", "INT64"]) | json_values,
                "shape": st.lists(st.integers(-1, 3), max_size=2) | json_values,
                "data": st.lists(json_values, max_size=3) | json_values,
                "parameters": json_values,
            },
        ),
        max_size=3,
    )
)
def test_whatever_is_sent_the_answer_is_a_result_or_names_the_request(inputs):
    """No request makes the server fail."""
    response = SHARED.infer("scores.bmi", {"inputs": inputs})
    assert response.status_code in (200, 400)
    assert response.get_json()


def test_the_requests_in_the_documentation_are_answered_as_it_prints(world):
    """docs/models.md shows what this server answers."""
    text = (Path(__file__).parents[3] / "docs" / "models.md").read_text(encoding="utf-8")
    asked = re.findall(r"/v2/models/(\S+)/infer .*\\\n  -d '(.*)'\n```\n(?:\n```json\n(.*)\n```)?", text)
    assert len(asked) == 2
    for model, body, printed in asked:
        response = world.infer(model, body)
        assert response.status_code == 200
        assert not printed or response.get_json() == json.loads(printed)


def test_models_as_the_service_holds_them_are_found_too(world):
    """A model with one version answers it, and 404 for others."""
    world.parts.models = Registry({"scores": family})
    version = family.load("scores/bmi").version
    assert world.get("/v2/models/scores.bmi").get_json()["versions"] == [version]
    assert world.infer("scores.bmi", {"inputs": BMI}, version=version).status_code == 200
    assert world.get("/v2/models/scores.bmi/versions/1").status_code == 404
    assert world.get("/v2/models/scores.bim").status_code == 404


def test_a_body_nested_without_end_is_413(world):
    """What a call may not do, a request for inference may not either."""
    response = world.infer("scores.bmi", b'{"inputs":' + b"[" * 5000 + b"]" * 5000 + b"}")
    assert response.status_code == 413


def test_a_store_that_is_away_is_503_and_no_defect(world):
    """A token cannot be looked up; the caller is told to come back."""

    def away(*_):
        raise StoreUnavailable("the address of the store")

    headers = {"Authorization": f"Bearer {world.store.add('inference')}"}
    world.store.token = away
    response = world.infer("scores.bmi", {"inputs": BMI}, headers=headers)
    assert response.status_code == 503
    assert "Retry-After" in response.headers
    assert b"address of the store" not in response.data
