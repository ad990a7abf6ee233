"""What lies on this machine: settings, keys, spool, plugins, models."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from adapters.ports import KeyFailure, Keys
from cds import plugins
from cds.doctor.report import Check, fail, ok, skipped, warn
from cds.errors import CdsError, SettingsError
from cds.settings import LOOPBACK, Settings, load
from cds.wiring import open_keys
from models.base import ModelError

KEY_DAYS = 730
"""How long one key should wrap data keys. Source: NIST SP 800-57 part 1 rev. 5 (2020), table 1: key-wrapping
keys are used by their originator for up to two years."""
FREE_BYTES = 100_000_000
"""Less free disk than this and the audit's spool may fail just when it is needed."""

PREVENT: Mapping[str, Any] = {
    "age_years": 50,
    "sex": "female",
    "systolic_bp": 160,
    "bp_treated": True,
    "total_cholesterol": 200,
    "hdl_cholesterol": 45,
    "statin": False,
    "diabetes": True,
    "current_smoker": False,
    "egfr": 90,
    "bmi": 35,
}
PREVENT_PRINTED: Mapping[str, float] = {"cvd_10y": 0.147, "ascvd_10y": 0.092, "hf_10y": 0.081}
"""The worked example of PREVENT. Source: Khan SS et al., Circulation 2024;149:430-449, table S25."""


def settings(path: Path) -> tuple[Settings | None, Check]:
    """Return the settings of a file and what there is to say about them."""
    try:
        found = load(path)
    except SettingsError as error:
        return None, fail("config", str(error), "correct this line of the settings file")
    seen = f"{path}: mode {found.mode}, tenant {found.tenant}, bind {found.bind}"
    if found.mode == "demo":
        return found, warn(
            "config", seen, "demo mode accepts calls without a token: use mode = 'serve' for real"
        )
    return found, ok("config", seen)


def base_url(found: Settings) -> Check:
    """Say whether EHRs can call the base URL, which `cds.settings` has checked for its form."""
    parts = urlsplit(found.base_url)
    if parts.hostname in LOOPBACK:
        return warn(
            "base-url",
            f"{found.base_url} is reached from this machine alone",
            "set base_url to the https address that EHRs call, exactly as they write it",
        )
    return ok("base-url", f"{found.base_url}; the aud of every token must begin with it")


def keys(found: Settings) -> tuple[Keys | None, list[Check]]:
    """Return the key ring and what there is to say about it."""
    path, (source, name) = found.keys_path, found.key_source
    if source != "env" and not path.exists():
        return None, [
            fail("keys-file", f"there is no key ring at {path}", "make one with `clinicards keys new`")
        ]
    try:
        ring = open_keys(found)
        active = _active(ring)
    except KeyFailure as error:
        fix = f"chmod 600 {path}, or restore the key ring from its backup"
        return None, [fail("keys-file", str(error), fix if source == "file" else f"see what {source} says")]
    except SettingsError as error:
        return None, [fail("keys-file", str(error), "correct `keys` in the settings")]
    if source == "env":
        return ring, [ok("keys-file", f"the ring in the environment variable {name}"), active]
    mode = path.stat().st_mode & 0o777
    opener = "" if source == "file" else f", opened by {source}:{name}"
    return ring, [ok("keys-file", f"{path}, mode {mode:04o}: its owner alone{opener}"), active]


def _active(ring: Keys) -> Check:
    """Wrap and unwrap under the active key, and look at its age."""
    kid, wrapped = ring.wrap(b"\0" * 32, context=b"clinicards doctor")
    if ring.unwrap(kid, wrapped, context=b"clinicards doctor") != b"\0" * 32:
        return fail("keys-active", f"{kid} does not give back what it wrapped", "restore the key ring")
    made = next(row["created"] for row in ring.describe() if row["kid"] == kid)
    days = int((time.time() - float(made)) / 86_400)
    seen = f"{kid} seals and opens; {days} days old"
    if days > KEY_DAYS:
        return warn("keys-active", seen, "rotate it: `clinicards keys rotate`")
    return ok("keys-active", seen)


def spool(found: Settings) -> Check:
    """Say whether audit entries can wait on this disk while the store is away."""
    folder = found.spool_path
    if not folder.exists():
        return warn(
            "spool", f"{folder} is not there yet", "it is made at the first start; its disk must be local"
        )
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"probe")
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as error:
        return fail(
            "spool",
            f"{folder} cannot be written ({error.strerror})",
            f"chown it to the service's user: {folder}",
        )
    free = shutil.disk_usage(folder).free
    if free < FREE_BYTES:
        return warn("spool", f"{free // 1_000_000} MB free at {folder}", "free disk space, or move the spool")
    waiting = [file for file in folder.glob("spool-*") if file.stat().st_size > _SPOOL_HEAD]
    if waiting:
        return warn(
            "spool",
            f"{len(waiting)} spool files hold entries that are not in the store",
            "they are delivered by the next start or call; if they stay, see the check `store`",
        )
    return ok("spool", f"{folder} can be written, {free // 1_000_000} MB free, nothing waits")


_SPOOL_HEAD = 8
"""Bytes of an empty spool file."""


def installed(found: Settings) -> Iterator[Check]:
    """Say which plugins and models there are and whether they load and compute."""
    wanted = found.plugins
    yield _plugins(wanted)
    try:
        services = plugins.services(wanted)
    except (CdsError, ImportError, AttributeError) as error:
        yield fail(
            "services", f"a service does not load: {error}", "reinstall it, or take it out of `plugins`"
        )
    else:
        yield ok("services", f"{len(services)} installed: {', '.join(sorted(services)) or 'none'}")
    yield _models(wanted)


def _plugins(wanted: Sequence[str]) -> Check:
    points = [p for group in _GROUPS for p in entry_points(group=group)]
    theirs = {p.name for p in points if p.dist is not None and p.dist.name != plugins.OURS}
    absent = sorted(set(wanted) - {p.name for p in points})
    if absent:
        return fail(
            "plugins",
            f"enabled and not installed: {', '.join(absent)}",
            "install them, or take them out of `plugins`",
        )
    asleep = sorted(theirs - set(wanted))
    if asleep:
        return warn(
            "plugins",
            f"installed and not enabled: {', '.join(asleep)}",
            "name them in `plugins` if they are wanted",
        )
    return ok("plugins", f"{len(wanted)} enabled beside our own")


_GROUPS = ("clinicards.services", "clinicards.models", "clinicards.adapters")


def _models(wanted: Sequence[str]) -> Check:
    """Load every model, and compute one published example."""
    started = time.monotonic()
    try:
        models = plugins.models(wanted)
        models.warm()
        values = models.run("scores/prevent", PREVENT).get("values", {})
    except (CdsError, ModelError, ImportError, AttributeError, OSError) as error:
        return fail("models", f"a model does not load: {error}", "reinstall the package that brings it")
    found = {name: round(float(values.get(name) or 0), 3) for name in PREVENT_PRINTED}
    if found != PREVENT_PRINTED:
        return fail(
            "models", f"PREVENT's worked example gives {found}", "reinstall: its coefficients were changed"
        )
    seconds = time.monotonic() - started
    return ok("models", f"{len(models.names())} load in {seconds:.1f} s; PREVENT's worked example is 14.7 %")


def no_settings() -> Iterator[Check]:
    """Name what is not looked at where there is no settings file."""
    for name in ("config", "base-url", "keys-file", "store", "configuration", "audit", "spool", "trust"):
        yield skipped(name, "no settings file: give --config FILE")
