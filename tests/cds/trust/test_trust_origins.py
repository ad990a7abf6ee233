"""Where a client's data may be read: under its registered origins, and nowhere an address could slip to."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.ports import AddressRefused
from cds.trust.origins import check_origin

ORIGINS = ("https://ehr.example/fhir/r4", "https://other.example:8443", "http://[::1]:8080/r4/")


@pytest.mark.parametrize(
    "url",
    [
        "https://ehr.example/fhir/r4",
        "https://ehr.example/fhir/r4/tenant-1",
        "https://ehr.example:443/fhir/r4",
        "https://EHR.Example/fhir/r4",
        "https://ehr.example./fhir/r4",
        "https://other.example:8443",
        "https://other.example:8443/any/path",
        "http://[::1]:8080/r4",
        "http://[::1]:8080/r4/x",
        "https://ehr.example/fhir/r4/a%20b",
    ],
)
def test_a_base_under_a_registered_origin_is_allowed(url: str) -> None:
    check_origin(url, ORIGINS)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://",
        "ehr.example/fhir/r4",
        "http://ehr.example/fhir/r4",
        "https://ehr.example",
        "https://ehr.example/fhir",
        "https://ehr.example/fhir/r4evil",
        "https://ehr.example/FHIR/r4",
        "https://ehr.example:8443/fhir/r4",
        "https://ehr.example.evil.example/fhir/r4",
        "https://evil-ehr.example/fhir/r4",
        "https://ehr.example@evil.example/fhir/r4",
        "https://evil@ehr.example/fhir/r4",
        "https://:x@ehr.example/fhir/r4",
        "https://ehr.example/fhir/r4/..",
        "https://ehr.example/fhir/r4/../../admin",
        "https://ehr.example/fhir/r4/./x",
        "https://ehr.example/fhir/r4/%2e%2e/admin",
        "https://ehr.example/fhir/r4/%2E./admin",
        "https://ehr.example/fhir/r4/.%2e/admin",
        "https://ehr.example/fhir/r4/%252e%252e/admin",
        "https://ehr.example/fhir/r4/..%2fadmin",
        "https://ehr.example/fhir/r4/..%5cadmin",
        "https://ehr.example/fhir/r4/..\\admin",
        "https://ehr.example/fhir/r4//evil.example",
        "https://ehr.example\\@evil.example/fhir/r4",
        "https://ehr.example/fhir/r4?x=1",
        "https://ehr.example/fhir/r4#x",
        "https://ehr.example:port/fhir/r4",
        "https://ehr.example:99999/fhir/r4",
        "https://other.example",
        "http://[::1]/r4",
        "http://[::2]:8080/r4",
        "http://[::1:8080/r4",
        "http://127.0.0.1:8080/r4",
        " https://ehr.example/fhir/r4",
        "https://ehr.example/fhir/r4\n",
        "https://ehr.example/\tfhir/r4",
        "https://ehr.example\u3002evil.example/fhir/r4",
        "https://еhr.example/fhir/r4",
        "file:///fhir/r4",
    ],
)
def test_a_base_that_is_or_leads_elsewhere_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused) as caught:
        check_origin(url, ORIGINS)
    assert not url or url not in str(caught.value)


def test_without_a_registered_origin_nothing_is_allowed() -> None:
    with pytest.raises(AddressRefused):
        check_origin("https://ehr.example/fhir/r4", ())


@settings(deadline=None)
@given(st.text(max_size=40), st.sampled_from(["", "https://ehr.example", "https://ehr.example/fhir/r4"]))
def test_any_address_is_under_an_origin_or_refused(text: str, before: str) -> None:
    try:
        check_origin(before + text, ORIGINS)
    except AddressRefused:
        return
    assert (before + text).startswith("https://ehr.example/fhir/r4")
