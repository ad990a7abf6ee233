"""The discovery document (checklist B)."""

import pytest

from cds.errors import BadRequest
from cds.hooks.discovery import SPEC_VERSION, Entry, document
from cds.hooks.library import DEPRECATED, definition

ENTRY = Entry(
    "my-service", "patient-view", "A title", "What it *does*", {"who": "Patient/{{context.patientId}}"}
)


def test_B1_B3_B4_B5_a_service_is_an_object_of_strings() -> None:
    assert document([ENTRY]) == {
        "services": [
            {
                "id": "my-service",
                "hook": "patient-view",
                "title": "A title",
                "description": "What it *does*",
                "prefetch": {"who": "Patient/{{context.patientId}}"},
                "version": SPEC_VERSION,
                "hookVersion": "1.0",
            }
        ]
    }


def test_B2_no_services_are_an_empty_array() -> None:
    assert document([]) == {"services": []}


def test_B5_an_empty_prefetch_and_empty_usage_requirements_are_left_out() -> None:
    (sent,) = document([Entry("a", "order-sign", "t", "d")])["services"]
    assert not {"prefetch", "usageRequirements", "extension"} & sent.keys()
    (sent,) = document([Entry("a", "order-sign", "t", "d", usage_requirements="needs x")])["services"]
    assert sent["usageRequirements"] == "needs x"


def test_B6_the_version_of_the_hook_is_the_librarys_and_of_a_custom_hook_none() -> None:
    services = document([Entry("a", "order-dispatch", "t", "d"), Entry("a", "com.x.my-hook", "t", "d")])
    assert [s.get("hookVersion") for s in services["services"]] == ["1.1", None]


def test_B7_one_id_may_stand_for_several_hooks() -> None:
    services = document([ENTRY, Entry("my-service", "encounter-start", "t", "d")])["services"]
    assert [(s["id"], s["hook"]) for s in services] == [
        ("my-service", "patient-view"),
        ("my-service", "encounter-start"),
    ]


def test_B9_an_extension_is_carried() -> None:
    (sent,) = document([Entry("a", "patient-view", "t", "d", extension={"org.x.y": 1})])["services"]
    assert sent["extension"] == {"org.x.y": 1}


@pytest.mark.parametrize("hook", ["nothing", "a.b", "Com.Example.Hook", "a..b.c", *DEPRECATED])
def test_H_a_hook_nobody_defines_has_no_definition(hook: str) -> None:
    with pytest.raises(BadRequest):
        definition(hook)
