"""`clinicards demo`: a card in a minute, without network, Docker or configuration."""

import gc
import webbrowser
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from werkzeug.serving import make_server

from cds.cli.logging import configure


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


def _greet(console: Console, running: "wiring.Demo", port: int) -> None:  # type: ignore[name-defined]  # noqa: F821
    base = f"http://127.0.0.1:{port}"
    console.print(f"[bold]clinicards demo[/bold]  {base}/playground")
    console.print("Synthetic patients; calls without a token are accepted. Not a medical device.\n")
    console.print(f"  CDS services   {base}/cds-services")
    console.print(f"  FHIR sandbox   {running.fhir_base()}  (also /smart, /oracle, /epic)")
    console.print("  Fire a hook    clinicards fire clinical-scores --patient ID --fhir-server demo")
    console.print("\nCtrl+C stops it.")
