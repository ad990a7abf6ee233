"""The settings of a process: what is refused says the fix."""

from pathlib import Path
from typing import Any

import pytest

from cds.errors import SettingsError
from cds.settings import Settings, check, load, made

SAFE: dict[str, Any] = {"base_url": "https://cds.example"}


def settings(**values: Any) -> Settings:
    return check(made({**SAFE, **values}, folder=Path("/etc/clinicards"), place="x.toml"))


def refusal(**values: Any) -> str:
    with pytest.raises(SettingsError) as caught:
        settings(**values)
    return caught.value.message


def test_the_least_settings_are_safe_ones() -> None:
    made_ = settings()
    assert (made_.mode, made_.host, made_.port, made_.workers) == ("serve", "127.0.0.1", 8000, 2)


def test_a_file_is_read_and_its_paths_are_relative_to_it(tmp_path: Path) -> None:
    file = tmp_path / "clinicards.toml"
    file.write_text('base_url = "https://cds.example"\ndata = "state"\nplugins = ["a:b"]\n', encoding="utf-8")
    found = load(file)
    assert found.data == tmp_path / "state"
    assert found.plugins == ("a:b",)
    assert found.keys_path == tmp_path / "state" / "keys.json"
    assert found.spool_path == tmp_path / "state" / "spool"
    assert found.store_url == f"sqlite:///{tmp_path / 'state' / 'store.sqlite'}"


def test_named_places_take_the_place_of_the_defaults() -> None:
    found = settings(keys="k.json", spool="/var/spool/x", store="postgresql://db/x")
    assert found.keys_path == Path("/etc/clinicards/k.json")
    assert found.spool_path == Path("/var/spool/x")
    assert found.store_url == "postgresql://db/x"


@pytest.mark.parametrize(
    ("content", "fix"),
    [(None, "cannot be read (No such file"), (b"a = ", "is no TOML"), (b"\xff\xfe", "is not UTF-8")],
)
def test_a_file_that_cannot_be_read_is_named_with_the_reason(tmp_path: Path, content: Any, fix: str) -> None:
    file = tmp_path / "x.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        load(file)
    assert caught.value.message.startswith(f"{file}: {fix}")


def test_a_refusal_of_a_file_names_the_file(tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_text("workers = 0\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"x\.toml: workers must be 1 or more"):
        load(file)


@pytest.mark.parametrize(
    ("values", "fix"),
    [
        ({"base_ulr": "x"}, "unknown key 'base_ulr'; did you mean 'base_url'?"),
        ({"zzz": 1}, "unknown key 'zzz'; known: admin_remote, base_url"),
        ({"workers": "2"}, "workers must be a whole number"),
        ({"workers": True}, "workers must be a whole number"),
        ({"admin_remote": 1}, "admin_remote must be true or false"),
        ({"data": 5}, "data must be a string"),
        ({"base_url": 5}, "base_url must be a string"),
        ({"plugins": "a"}, "plugins must be a list of strings"),
        ({"plugins": [1]}, "plugins must be a list of strings"),
        ({"mode": "production"}, "mode must be one of serve, demo"),
        ({"log_level": "loud"}, "log_level must be one of debug, info, warning, error"),
    ],
)
def test_a_key_or_value_that_does_not_fit_says_what_would(values: dict[str, Any], fix: str) -> None:
    assert fix in refusal(**values)


@pytest.mark.parametrize(
    "bind",
    ["8000", "127.0.0.1", ":8000", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:65536", "127.0.0.1:²", ""],
)
def test_bind_is_a_host_and_a_port(bind: str) -> None:
    assert refusal(bind=bind).startswith("bind must be HOST:PORT")


def test_an_IPv6_address_is_bound_in_brackets() -> None:
    found = settings(bind="[::1]:9000")
    assert (found.host, found.port) == ("::1", 9000)


def test_serve_needs_a_base_url() -> None:
    assert refusal(base_url="").startswith("base_url is required")


@pytest.mark.parametrize(
    "url", ["http://cds.example", "http://10.0.0.5", "http://127.0.0.1.example", "http://localhost.example"]
)
@pytest.mark.parametrize("mode", ["serve", "demo"])
def test_A2_a_base_url_beyond_loopback_is_https(url: str, mode: str) -> None:
    assert "must be https" in refusal(base_url=url, mode=mode)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000", "http://localhost", "http://[::1]:80", "https://x/y"]
)
def test_A2_plain_http_is_for_loopback_only(url: str) -> None:
    assert settings(base_url=url).base_url == url


@pytest.mark.parametrize(
    "url", ["cds.example", "ftp://localhost", "https://", "https://[::1", "https://x:port", "https://x:99999"]
)
def test_a_base_url_is_an_absolute_address(url: str) -> None:
    assert "https://HOST[:PORT][/PATH]" in refusal(base_url=url)


@pytest.mark.parametrize("url", ["https://x?a", "https://x#a", "https://u@x"])
def test_a_base_url_is_compared_with_audiences_and_has_nothing_else_in_it(url: str) -> None:
    assert "audiences" in refusal(base_url=url)


@pytest.mark.parametrize("bind", ["0.0.0.0:8000", "10.0.0.5:8000", "[::]:8000"])
def test_A2_a_bind_beyond_loopback_needs_a_proxy_that_ends_TLS(bind: str) -> None:
    assert "trusted_proxies" in refusal(bind=bind)
    assert settings(bind=bind, trusted_proxies=1).bind == bind


@pytest.mark.parametrize("proxies", [0, 1])
def test_the_demo_binds_loopback_only(proxies: int) -> None:
    assert "set bind to 127.0.0.1" in refusal(mode="demo", bind="0.0.0.0:8000", trusted_proxies=proxies)


def test_the_demo_stands_behind_no_proxy() -> None:
    """A proxy on this host would hand it the calls of everybody, without a token."""
    assert "behind no proxy" in refusal(mode="demo", trusted_proxies=1)


def test_the_demo_is_called_at_its_own_address() -> None:
    assert settings(mode="demo", base_url="", bind="127.0.0.1:9").base_url == "http://127.0.0.1:9"


@pytest.mark.parametrize(("name", "least"), [("workers", 1), ("threads", 1), ("trusted_proxies", 0)])
def test_numbers_have_a_least_value(name: str, least: int) -> None:
    assert refusal(**{name: least - 1}) == f"{name} must be {least} or more"


@pytest.mark.parametrize("tenant", ["", "a b", "../x", "x" * 65, "é"])
def test_a_tenant_is_a_plain_name(tenant: str) -> None:
    assert refusal(tenant=tenant).startswith("tenant must be")


@pytest.mark.parametrize(
    ("keys", "source", "path"),
    [
        ("k.json", ("file", "/etc/clinicards/k.json"), "/etc/clinicards/k.json"),
        ("file:k.json", ("file", "/etc/clinicards/k.json"), "/etc/clinicards/k.json"),
        ("env:RING", ("env", "RING"), "/etc/clinicards/clinicards-data/keys.json"),
        ("vault:transit/k", ("vault", "transit/k"), "/etc/clinicards/clinicards-data/keys.json"),
        ("aws:arn:aws:kms:x", ("aws", "arn:aws:kms:x"), "/etc/clinicards/clinicards-data/keys.json"),
    ],
)
def test_keys_are_a_file_or_named_by_where_they_are(keys: str, source: tuple[str, str], path: str) -> None:
    found = settings(keys=keys)
    assert found.key_source == source
    assert found.keys_path == Path(path)


def test_the_wrapped_ring_of_a_service_may_lie_elsewhere() -> None:
    found = settings(keys="aws:alias/k", key_ring="/srv/ring.json")
    assert found.keys_path == Path("/srv/ring.json")
    assert "key_ring is for keys that a service opens" in refusal(key_ring="/srv/ring.json")
