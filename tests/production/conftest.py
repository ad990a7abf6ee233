"""Installations for tests of the production server, over SQLite and over PostgreSQL."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from private_postgresql import PrivatePostgresql
from production_site import Json, Site, identifying, request_of_today


@pytest.fixture(scope="session")
def request_body() -> Json:
    """A recorded call of today."""
    return request_of_today()


@pytest.fixture(scope="session")
def database() -> Iterator[PrivatePostgresql]:
    """A PostgreSQL of these tests alone, because they stop it."""
    server = PrivatePostgresql()
    yield server
    server.stop()
    server.close()


def _made(folder: Path, request_body: Json, *, store: str = "") -> Site:
    """Return a registered installation; the words of the patient's record may be in no log of it."""
    site = Site(folder, store=store)
    site.register()
    site.secrets |= {*identifying(request_body), '"resourceType"', json.dumps("Observation")}
    return site


@pytest.fixture(scope="session")
def sqlite_site(tmp_path_factory: pytest.TempPathFactory, request_body: Json) -> Site:
    """An installation with SQLite in its data folder."""
    return _made(tmp_path_factory.mktemp("sqlite") / "site", request_body)


@pytest.fixture(scope="session")
def postgresql_site(
    tmp_path_factory: pytest.TempPathFactory, request_body: Json, database: PrivatePostgresql
) -> Site:
    """An installation over PostgreSQL."""
    folder = tmp_path_factory.mktemp("postgresql") / "site"
    return _made(folder, request_body, store=database.url)


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def site(request: pytest.FixtureRequest) -> Site:
    """Each of both in turn."""
    found: Site = request.getfixturevalue(f"{request.param}_site")
    return found


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Site]:
    """An installation that has a settings file and nothing else."""
    yield Site(tmp_path / "site")
    shutil.rmtree(tmp_path / "site")
