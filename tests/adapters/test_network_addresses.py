"""Where a connection may go: URLs inside a registered base, and addresses behind a name."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.addresses import is_public
from adapters.network import Policy, parse, resolve
from adapters.ports import AddressRefused

_EHR = "https://ehr.example/fhir/r4"


# Which URLs are inside a registered base


@pytest.mark.parametrize(
    "url", [_EHR, f"{_EHR}/", f"{_EHR}/Patient/1", f"{_EHR}?_getpages=1", "https://EHR.example:443/fhir/r4/x"]
)
def test_a_url_inside_a_registered_base_is_allowed(url: str) -> None:
    assert Policy.of(_EHR).base_of(parse(url)).host == "ehr.example"


@pytest.mark.parametrize(
    "url",
    [
        "https://ehr.example/fhir/r44/Patient/1",
        "https://ehr.example/fhir",
        "https://ehr.example:8443/fhir/r4/Patient",
        "https://ehr.example.evil.example/fhir/r4",
        "https://ehr.example./fhir/r4",
        "http://ehr.example/fhir/r4",
        "https://user@ehr.example/fhir/r4",
        "https://ehr.example@evil.example/fhir/r4",
        "https://evil.example\\@ehr.example/fhir/r4",
        "https://ehr.example/fhir/r4/../../admin",
        "https://ehr.example/fhir/r4/%2e%2e/%2E%2e/admin",
        "https://ehr.example/fhir/r4/..%2fadmin",
        "https://ehr.example/fhir/r4/%252e%252e/admin",
        "https://ehr.example/fhir/r4//evil.example",
        "https://ehr.example/fhir/r4\\..\\admin",
        "https://ehr.example/fhir/r4#top",
        "https://ehr.example /fhir/r4",
        "https://ehr\n.example/fhir/r4",
        "https://еhr.example/fhir/r4",
        "https://e%68r.example/fhir/r4",
        "ftp://ehr.example/fhir/r4",
        "file:///etc/passwd",
        "//ehr.example/fhir/r4",
        "",
    ],
)
def test_a_url_outside_or_in_disguise_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        Policy.of(_EHR).base_of(parse(url))


@given(st.text(max_size=60))
def test_no_text_after_the_origin_leads_outside_the_prefix(tail: str) -> None:
    """Whatever follows the base, what is sent still begins with it or is refused."""
    policy = Policy.of(_EHR)
    try:
        url = parse(f"{_EHR}/{tail}")
        policy.base_of(url)
    except AddressRefused:
        return
    assert url.host == "ehr.example"
    assert url.raw_path.partition(b"?")[0].startswith(b"/fhir/r4")
    assert b".." not in url.raw_path.partition(b"?")[0].split(b"/")


@pytest.mark.parametrize(
    "base", ["http://ehr.example/fhir", "https://ehr.example/?x=1", "ehr.example", "https://"]
)
def test_a_base_of_another_form_cannot_be_registered(base: str) -> None:
    with pytest.raises(AddressRefused):
        Policy.of(base)


def test_a_refusal_does_not_repeat_path_or_query() -> None:
    with pytest.raises(AddressRefused) as caught:
        Policy.of(_EHR).base_of(parse("https://other.example/Patient/secret-7?name=Smith"))
    assert "secret-7" not in str(caught.value)
    assert "Smith" not in str(caught.value)


# Which addresses may stand behind a name


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.9.9.9", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1"),
        *("169.254.169.254", "168.63.129.16", "100.100.100.200", "192.0.0.192", "0.0.0.0", "224.0.0.1"),
        *(
            "255.255.255.255",
            "198.18.0.1",
            "240.0.0.1",
            "192.0.2.1",
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "fd00::1",
        ),
        *(
            "fd00:ec2::254",
            "ff02::1",
            "::ffff:8.8.8.8",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
        ),
        *("2002:7f00:1::", "2001::1", "2001:db8::1", "::127.0.0.1", "100::1", "3fff::1"),
    ],
)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    with pytest.raises(AddressRefused):
        resolve(_EHR, Policy.of(_EHR), resolver=lambda host, port: [address])


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1"]
)
def test_a_public_address_is_connected_to(address: str) -> None:
    target = resolve(_EHR, Policy.of(_EHR), resolver=lambda host, port: [address, address])
    assert target.addresses == (ipaddress.ip_address(address),)


def test_one_bad_address_among_good_ones_spoils_the_name() -> None:
    with pytest.raises(AddressRefused):
        resolve(_EHR, Policy.of(_EHR), resolver=lambda host, port: ["8.8.8.8", "10.0.0.1"])


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "192.168.1.1", "fd12::1", "::1", "8.8.8.8"])
def test_a_base_registered_as_private_may_stand_inside_our_network(address: str) -> None:
    policy = Policy.of(private=[_EHR])
    assert resolve(_EHR, policy, resolver=lambda host, port: [address]).addresses


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "fd00:ec2::254", "100.100.100.200", "0.0.0.0", "224.0.0.1", "fe80::1"]
)
def test_no_base_may_stand_on_metadata_link_local_or_multicast_addresses(address: str) -> None:
    with pytest.raises(AddressRefused):
        resolve(_EHR, Policy.of(private=[_EHR]), resolver=lambda host, port: [address])


def test_plain_http_is_good_for_loopback_only() -> None:
    policy = Policy.of(private=["http://localhost:8080/fhir"])
    assert resolve("http://localhost:8080/fhir", policy, resolver=lambda host, port: ["127.0.0.1"])
    with pytest.raises(AddressRefused, match="not on loopback"):
        resolve("http://localhost:8080/fhir", policy, resolver=lambda host, port: ["10.0.0.1"])


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "10.0.0.1", "[fd00::1]", "[::ffff:10.0.0.1]"])
def test_an_address_written_as_host_is_checked_without_asking_the_resolver(host: str) -> None:
    def never(host: str, port: int) -> list[str]:
        raise AssertionError

    with pytest.raises(AddressRefused):
        resolve(f"https://{host}/fhir", Policy.of(f"https://{host}/fhir"), resolver=never)


@given(st.ip_addresses(v=4))
def test_public_ipv4_is_within_what_python_calls_global(address: ipaddress.IPv4Address) -> None:
    assert not is_public(address) or (address.is_global and not address.is_multicast)


@given(st.ip_addresses(v=6))
def test_public_ipv6_is_within_what_python_calls_global(address: ipaddress.IPv6Address) -> None:
    assert not is_public(address) or (
        address.is_global and not address.is_multicast and not address.sixtofour
    )
