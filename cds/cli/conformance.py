"""`clinicards conformance`: the checklist run against any CDS Hooks service."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cds.errors import BadRequest


def conformance(
    base_url: Annotated[str, typer.Argument(help="Where /cds-services is.")],
    issuer: Annotated[str, typer.Option(help="Who the calls say they are; with --key.")] = "",
    key: Annotated[Path | None, typer.Option(help="The issuer's private key, a JWK file with a kid.")] = None,
    patient: Annotated[str, typer.Option(help="A patient the FHIR server knows.")] = "",
    fhir_server: Annotated[str, typer.Option(help="The FHIR base the calls name.")] = "",
    service: Annotated[list[str] | None, typer.Option(help="Only this service; may be repeated.")] = None,
    section: Annotated[list[str] | None, typer.Option(help="Only this section (A to H); repeatable.")] = None,
    origin: Annotated[str, typer.Option(help="A browser origin the service allows.")] = "",
    ehr_port: Annotated[int, typer.Option(help="Loopback port of the EHR that the kit plays.")] = 0,
    seconds: Annotated[float, typer.Option(help="How long the whole run may take.")] = 30.0,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Check a CDS Hooks service line by line. Exit code 0: no failed MUST; 1: some; 2: it could not run."""
    from cds.conformance import report as reports
    from cds.conformance.subject import Options
    from cds.conformance.suite import run
    from cds.conformance.tokens import load_credentials

    if bool(issuer) != bool(key):
        raise BadRequest("--issuer and --key go together")
    try:
        credentials = load_credentials(issuer, key) if key else None
        options = Options(
            patient=patient or Options.patient,
            fhir_server=fhir_server or None,
            services=tuple(service or ()),
            sections=frozenset(s.upper() for s in section or ()),
            origin=origin or None,
            ehr_port=ehr_port,
            seconds=seconds,
        )
        report = run(base_url, credentials=credentials, options=options)
    except (ValueError, OSError) as error:
        raise BadRequest(str(error)) from None
    if as_json:
        typer.echo(json.dumps(reports.to_dict(report), ensure_ascii=False, indent=2))
    else:
        Console().print(reports.render(report))
    raise typer.Exit(reports.exit_code(report))
