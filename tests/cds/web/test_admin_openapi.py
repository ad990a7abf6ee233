"""The description of the admin API says what is served, and every reference in it holds."""

import json

import pytest
from admin_world import World

from cds.web.openapi import describe


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path)
    yield made
    made.close()


def test_the_description_names_every_address_and_method(world):
    said = world.get("/admin/api/v1/openapi.json").get_json()
    assert said["openapi"] == "3.1.0"
    described = {(path, method) for path, item in said["paths"].items() for method in item}
    served = set()
    for rule in world.app.url_map.iter_rules():
        if rule.endpoint.startswith("admin_api."):
            path = rule.rule.removeprefix("/admin/api/v1").replace("<int:", "{").replace(">", "}")
            served |= {(path, m.lower()) for m in rule.methods - {"HEAD", "OPTIONS"}}
    assert described == served


def test_every_reference_in_the_description_leads_somewhere():
    said = describe("1")

    def walk(part):
        if isinstance(part, dict):
            if isinstance(part.get("$ref"), str):
                target = said
                for step in part["$ref"].removeprefix("#/").split("/"):
                    target = target[step]
            for value in part.values():
                walk(value)
        elif isinstance(part, list):
            for value in part:
                walk(value)

    walk(said)
    assert "kill switch" in json.dumps(said["components"]["schemas"]["ServiceConfig"])


def test_every_path_parameter_is_described():
    for path, item in describe("1")["paths"].items():
        for operation in item.values():
            named = {p["name"] for p in operation.get("parameters", ()) if p["in"] == "path"}
            assert named == {part[1:].partition("}")[0] for part in path.split("/") if part.startswith("{")}
