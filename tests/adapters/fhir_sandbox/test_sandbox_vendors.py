"""The habits of each vendor."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sandbox_chart import NOW, Caller, observation, patient, stamped

from adapters.fhir_sandbox.app import FhirSandbox
from adapters.fhir_sandbox.store import Store
from adapters.fhir_sandbox.vendors import EPIC, HAPI, VENDORS, Vendor, vendor_named


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def many(count: int = 60) -> Store:
    rows = [observation(n, f"2024-01-{1 + n % 28:02d}") for n in range(count)]
    return Store(stamped([patient("anna", "A", "1960"), *rows]))


def caller(vendor: str | Vendor, store: Store | None = None, **options: object) -> Caller:
    options = {"require_token": False, "clock": lambda: NOW, **options}
    return Caller(FhirSandbox(store or many(), vendor=vendor, **options))


@pytest.mark.parametrize("name", VENDORS)
def test_following_next_links_gives_every_resource(name: str) -> None:
    pages = caller(name).walk("/Observation?patient=anna&_count=17")
    assert len(pages) == 4
    assert {one for page in pages for one in page.ids()} == {f"o{n}" for n in range(60)}


def test_an_unknown_vendor_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="hapi, smart, oracle, epic"):
        vendor_named("acme")


def test_hapi_caps_pages_silently_and_keeps_the_total_to_itself() -> None:
    ehr = caller("hapi", many(300))
    answer = ehr.get("/Observation?patient=anna&_count=5000")
    assert len(answer.ids()) == 200
    assert "total" not in answer.json
    assert "?_getpages=" in (answer.next() or "")
    assert "patient" not in (answer.next() or "")
    assert ehr.get("/Observation?patient=anna&_total=accurate").json["total"] == 300


def test_hapi_ignores_an_unknown_parameter_and_leaves_it_out_of_self() -> None:
    answer = caller("hapi").get("/Observation?patient=anna&colour=red")
    assert answer.status == 200
    assert answer.json["link"][0]["url"] == "http://ehr.test/Observation?patient=anna"


def test_strict_handling_refuses_an_unknown_parameter() -> None:
    answer = caller("hapi").get("/Observation?patient=anna&colour=red", Prefer="handling=strict")
    assert answer.status == 400
    assert "colour" in answer.json["issue"][0]["diagnostics"]
    assert "red" not in answer.body.decode()


def test_a_vendor_may_warn_of_an_unknown_parameter() -> None:
    answer = caller(replace(HAPI, unknown_parameter="warn")).get("/Observation?patient=anna&colour=red")
    outcomes = [entry["resource"] for entry in answer.json["entry"] if entry["search"]["mode"] == "outcome"]
    assert outcomes[0]["issue"][0]["severity"] == "warning"


def test_smart_pages_by_offset_and_gives_the_total() -> None:
    answer = caller("smart").get("/Observation?patient=anna&_count=10")
    assert answer.json["total"] == 60
    assert answer.next() == "http://ehr.test/Observation?patient=anna&_count=10&_offset=10"


@pytest.mark.parametrize("accept", [None, "*/*", "text/html", "application/fhir+xml"])
def test_oracle_answers_anything_but_json_with_an_empty_406(accept: str | None) -> None:
    answer = caller("oracle").call("GET", "/Patient/anna", headers={"Accept": accept} if accept else {})
    assert answer.status == 406
    assert answer.body == b""


def test_oracle_repeats_an_id_across_pages_and_hides_the_total() -> None:
    first, second, *_ = caller("oracle").walk("/Observation?patient=anna&_count=20")
    assert first.ids()[-1] == second.ids()[0]
    assert "total" not in first.json
    assert "-pageContext=" in (first.next() or "")


def test_oracle_ignores_count_beside_id() -> None:
    assert len(caller("oracle").get("/Observation?_id=o1,o2,o3&_count=1").ids()) == 3


@pytest.mark.parametrize("name", ["oracle", "epic"])
@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("/Observation?category=laboratory", 400),
        ("/Observation", 400),
        ("/Patient", 400),
        ("/Observation?patient=anna&_summary=count", 200),
        ("/Observation?_id=o1", 200),
        ("/Patient?family=A", 200),
        ("/Practitioner?name=x", 200),
    ],
)
def test_clinical_searches_need_a_patient(name: str, url: str, status: int) -> None:
    assert caller(name).get(url).status == status


@pytest.mark.parametrize("name", ["oracle", "epic"])
def test_strict_vendors_refuse_an_unknown_parameter(name: str) -> None:
    answer = caller(name).get("/Observation?patient=anna&colour=red")
    assert answer.status == 400
    assert answer.json["resourceType"] == "OperationOutcome"


def code_of(answer: object) -> str:
    return answer.json["issue"][0]["details"]["coding"][0]["code"]


def test_epic_needs_a_token_unless_told_otherwise() -> None:
    answer = Caller(FhirSandbox(many(), vendor="epic")).get("/Patient/anna")
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.json["issue"][0]["code"] == "login"


def test_epic_refuses_more_than_100_results() -> None:
    answer = caller("epic", many(101)).get("/Observation?patient=anna")
    assert answer.status == 400
    assert code_of(answer) == "4127"
    assert caller("epic", many(100)).get("/Observation?patient=anna").status == 200


def test_epic_pages_expire() -> None:
    clock = Clock()
    ehr = caller("epic", clock=clock)
    link = ehr.get("/Observation?patient=anna&_count=20").next() or ""
    assert ehr.get(link).status == 200
    clock.now += timedelta(seconds=EPIC.page_seconds)
    assert code_of(ehr.get(link)) == "4113"


@pytest.mark.parametrize("prefix", ["ne", "sa", "eb", "ap"])
def test_epic_takes_five_date_prefixes(prefix: str) -> None:
    assert code_of(caller("epic").get(f"/Observation?patient=anna&date={prefix}2024")) == "4115"


@pytest.mark.parametrize("prefix", ["", "eq", "lt", "le", "gt", "ge"])
def test_epic_takes_the_common_date_prefixes(prefix: str) -> None:
    assert caller("epic").get(f"/Observation?patient=anna&date={prefix}2024").status == 200


def test_epic_puts_an_outcome_into_each_searchset() -> None:
    full = caller("epic").get("/Observation?patient=anna").json["entry"]
    empty = caller("epic").get("/Condition?patient=anna").json["entry"]
    assert [entry["search"]["mode"] for entry in full[-2:]] == ["match", "outcome"]
    codes = [entry["resource"]["issue"][0]["details"]["coding"][0]["code"] for entry in empty]
    assert codes == ["4119", "4101"]
    assert all(entry["resource"]["issue"][0]["severity"] == "warning" for entry in empty)


def test_other_vendors_put_no_outcome_there() -> None:
    answer = caller("hapi").get("/Condition?patient=anna")
    assert "entry" not in answer.json
    assert answer.json["total"] == 0


def test_hapi_says_410_for_a_page_it_does_not_know() -> None:
    answer = caller("hapi").get("/?_getpages=gone")
    assert answer.status == 410
