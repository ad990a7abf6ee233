"""`clinicards demo`: a card in a minute, without network, Docker or configuration."""

import gc
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from werkzeug.serving import make_server

from cds.cli.logging import configure

if TYPE_CHECKING:
    from cds.wiring import demo as wiring


def demo(
    port: Annotated[
        int, typer.Option(help="Port of the service; the FHIR sandbox takes the next one.")
    ] = 8000,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open the playground.")] = False,
    patients: Annotated[Path | None, typer.Option(help="A folder of FHIR bundles instead of ours.")] = None,
    fhir_server: Annotated[
        list[str] | None, typer.Option(help="A further FHIR base that calls may name; may be repeated.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Keep the store here instead of a folder that goes.")
    ] = None,
) -> None:
    """Start the service, a FHIR sandbox with synthetic patients and the playground, on this machine only."""
    from cds.web import create_app
    from cds.wiring import demo as wiring

    configure("warning")
    running = wiring.start(
        bind=f"127.0.0.1:{port}",
        sandbox_port=port + 1 if port else 0,
        data=data,
        patients=patients,
        fhir_servers=tuple(fhir_server or ()),
    )
    try:
        app = create_app(running.live.start())
        app.register_blueprint(_playground(running))
        server = make_server("127.0.0.1", port, app, threaded=True)
        gc.collect()
        gc.freeze()
        _greet(Console(), running, port)
        if not no_browser:
            webbrowser.open(f"http://127.0.0.1:{port}/playground")
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        running.close()


def _playground(running: "wiring.Demo") -> Any:
    """Return the playground over a running demo, with our own referee for what it shows."""
    from cds.conformance.cards import check_response, exercised
    from cds.conformance.checklist import CHECKS
    from cds.fire.token import Signer
    from cds.web.playground.checks import Checker
    from cds.web.playground.kit import playground_kit
    from cds.web.playground.routes import create_playground
    from cds.wiring import demo as wiring

    kit = playground_kit(
        running.live,
        index=running.charts.index,
        fhir_bases={vendor: running.fhir_base(vendor) for vendor in wiring.VENDORS},
        issuers={"epic": running.sandboxes["epic"]},
        open_bundle=wiring.ehr_of,
        signer=Signer(wiring.DEMO_ISSUER, running.private_key),
        checker=Checker(check_response, exercised, {name: check.title for name, check in CHECKS.items()}),
    )
    return create_playground(kit)


def _greet(console: Console, running: "wiring.Demo", port: int) -> None:
    base = f"http://127.0.0.1:{port}"
    console.print(f"[bold]clinicards demo[/bold]  {base}/playground")
    console.print("Synthetic patients; calls without a token are accepted. Not a medical device.\n")
    console.print(f"  CDS services   {base}/cds-services")
    console.print(f"  FHIR sandbox   {running.fhir_base()}  (also /smart, /oracle, /epic)")
    console.print("  Fire a hook    clinicards fire clinical-scores --patient ID --fhir-server demo")
    console.print("\nCtrl+C stops it.")
