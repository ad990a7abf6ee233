"""Opening the chart to fire from: a FHIR server by its address, or the demo's synthetic patients.

A real EHR asks nobody before it reads its own chart; a FHIR server elsewhere may want SMART Backend Services.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from adapters.ports import AddressRefused, Clock, EhrError
from cds.config.compiled import snapshot
from cds.config.document import Document, SmartBackendConfig
from cds.fire.chart import Chart, Grant
from cds.fire.errors import CannotFire
from cds.fire.token import Algorithm, load_signer
from cds.fire.transport import is_address, shown
from cds.trust.callers import Client, Registry
from cds.wiring.demo import PUBLIC_SANDBOXES, Demo
from cds.wiring.outside import outside

DEMO = "demo"
"""The word for the synthetic patients that come with this package; `demo:epic` has that vendor's habits."""


@dataclass(frozen=True, slots=True)
class Smart:
    """How we are known at a FHIR server that wants SMART Backend Services."""

    client_id: str
    key: Path
    """A file with the private JWK."""
    token_url: str = ""
    scopes: tuple[str, ...] = ("system/*.rs",)


def base_of(server: str) -> str:
    """Return the FHIR base of a preset's name or of a URL; raise `CannotFire` naming the presets."""
    if server in PUBLIC_SANDBOXES:
        return PUBLIC_SANDBOXES[server]
    if is_address(server):
        return server.rstrip("/")
    raise CannotFire(
        f"--fhir-server is a URL or one of {', '.join([*PUBLIC_SANDBOXES, DEMO])}, not {server!r}"
    )


def is_demo(server: str) -> bool:
    """Tell whether a word means the demo's own patients."""
    return server.partition(":")[0] == DEMO


def open_chart(base: str, *, clock: Clock, smart: Smart | None = None) -> Chart:
    """Return the chart at an address, with a token where we are known there."""
    client = _client(base, smart)
    nobody = replace(snapshot(Document(), revision=0), registry=Registry((client,)))
    try:
        world = outside(nobody, clock=clock)
    except AddressRefused as error:
        raise CannotFire(f"the FHIR server's address cannot be used: {error}") from None
    chart = Chart(world.ehr, base)
    if smart is None:
        return chart
    try:
        token = world.backend_token(client, base, chart.seconds)
    except EhrError as error:
        raise CannotFire(f"{shown(base)} gave no access token: {error}") from None
    return replace(chart, grant=Grant(token, scope=" ".join(smart.scopes), subject=smart.client_id))


def _client(base: str, smart: Smart | None) -> Client:
    """Return the registration of a moment: whoever types an address means it, inside our network or not."""
    origins = [base]
    backend = None
    if smart is not None:
        if smart.token_url and not is_address(smart.token_url):
            raise CannotFire("--smart-token-url is an https URL")
        # Token endpoints stand on the same host beside the FHIR base more often than below it.
        origins += [_origin(base), *([_origin(smart.token_url)] if smart.token_url else [])]
        backend = SmartBackendConfig(
            client_id=smart.client_id,
            token_url=smart.token_url,
            key_ref=f"file:{smart.key}",
            algorithm=_algorithm(smart),
            scopes=smart.scopes,
        )
    return Client("fire", "", (), fhir_origins=tuple(origins), fhir_inside=True, backend=backend)


def _algorithm(smart: Smart) -> Algorithm:
    return load_signer(smart.key, smart.client_id).algorithm


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def demo_chart(demo: Demo, server: str, patient: str) -> tuple[Chart, str]:
    """Return the chart of a running demo and the patient's id, looked up where a short name was given."""
    vendor = server.partition(":")[2] or "hapi"
    if vendor not in demo.sandboxes:
        raise CannotFire(f"the demo behaves as {', '.join(demo.sandboxes)}, not as {vendor!r}")
    subject = slugs(demo).get(patient, patient.removeprefix("Patient/"))
    chart = Chart(demo.live.parts.ehr, demo.fhir_base(vendor))
    if vendor != "epic":
        return chart, subject
    token = demo.sandboxes[vendor].issue_token(subject, "patient/*.rs")
    return replace(
        chart, grant=Grant(token.value, scope=token.scope, subject="demo-ehr", patient=subject)
    ), subject


def slugs(demo: Demo) -> dict[str, str]:
    """Return the ids of the demo's patients by their short names."""
    return {row["slug"]: row["patient_id"] for row in demo.charts.index}
