"""What tests of commands share."""

from pathlib import Path

import pytest
from admin_site import Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """An installation in a folder; tests of other commands have a site of their own."""
    return Site(tmp_path)
