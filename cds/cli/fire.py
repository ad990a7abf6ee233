"""`clinicards fire`: act as the EHR, fire a hook and show the cards."""

import os
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import orjson
import typer
from rich.console import Console

from adapters.ports import EhrError
from cds.errors import BadRequest, CdsError
from cds.fire.errors import CannotFire
from cds.fire.firing import About, Exchange, Firing, storable
from cds.fire.machine import MachineClock
from cds.fire.prefetch import MODES, Mode
from cds.fire.token import Signer, load_signer
from cds.fire.transport import HttpPost, Post, in_process, is_address
from cds.settings import LOOPBACK


def fire(
    service: Annotated[str, typer.Argument(help="The service's id, as discovery lists it.")],
    request: Annotated[
        Path | None, typer.Argument(help="A stored request (JSON) to send as it stands.")
    ] = None,
    patient: Annotated[str, typer.Option(help="The patient's id; in the demo a short name does.")] = "",
    fhir_server: Annotated[
        str,
        typer.Option(help="Where the chart is: a URL, hapi, smart, oracle, demo, or demo:epic and so on."),
    ] = "demo",
    url: Annotated[
        str, typer.Option(help="Base of the service; without it a demo runs in this process.")
    ] = "",
    hook: Annotated[str, typer.Option(help="The hook, where the service is offered on several.")] = "",
    user: Annotated[str, typer.Option(help="Who sits at the EHR: Practitioner/ID.")] = "",
    encounter: Annotated[str, typer.Option(help="The encounter's id; else the newest in progress.")] = "",
    draft: Annotated[str, typer.Option(help="What is ordered or noted: a file, or a line of text.")] = "",
    prefetch: Annotated[str, typer.Option(help=f"State of every prefetch key: {', '.join(MODES)}.")] = "full",
    breaker: Annotated[
        list[str] | None, typer.Option(help="KEY=null, missing, outcome or page: break one prefetch key.")
    ] = None,
    issuer: Annotated[str, typer.Option(help="`iss` of the token this EHR signs.")] = "",
    key: Annotated[Path | None, typer.Option(help="The private JWK it signs with (EC P-384 or RSA).")] = None,
    jku: Annotated[str, typer.Option(help="`jku` of the token.")] = "",
    tenant: Annotated[str, typer.Option(help="`tenant` of the token.")] = "",
    smart_client_id: Annotated[
        str, typer.Option(help="Our id at the FHIR server (SMART Backend Services).")
    ] = "",
    smart_key: Annotated[Path | None, typer.Option(help="The private JWK known there.")] = None,
    smart_token_url: Annotated[
        str, typer.Option(help="Its token endpoint, where it is not discovered.")
    ] = "",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the answer's body exactly as it came.")
    ] = False,
    save: Annotated[
        Path | None, typer.Option(help="Keep the request, without its access token, to fire it again.")
    ] = None,
) -> None:
    """Fire a hook at a service and print the cards; exit 0 fine, 1 refused or not conformant, 2 no call."""
    with ExitStack() as stack:
        try:
            firing, post = _loaded(
                stack,
                service=service,
                hook=hook,
                url=url.rstrip("/"),
                request=_stored(request),
                chart=(fhir_server, patient),
                told={"user": user, "encounter": encounter, "draft": draft},
                smart=(smart_client_id, smart_key, smart_token_url),
                signer=_signer(issuer, key, jku, tenant),
                broken=(prefetch, breaker or []),
            )
            exchange = _fired(firing, post)
            if save is not None:
                _save(save, exchange)
        except (CdsError, EhrError) as error:
            _refuse(error)
        raise typer.Exit(_say(exchange, as_json=as_json))


def _refuse(error: CdsError | EhrError) -> None:
    place = f" ({error.pointer})" if isinstance(error, BadRequest) and error.pointer else ""
    Console(stderr=True, markup=False, highlight=False).print(f"fire: {error}{place}", soft_wrap=True)
    raise typer.Exit(2)


def _fired(firing: Firing, post: Post) -> Exchange:
    from cds.fire import firing as firings

    return firings.fire(firing, post)


def _loaded(
    stack: ExitStack,
    *,
    service: str,
    hook: str,
    url: str,
    request: dict[str, Any] | None,
    chart: tuple[str, str],
    told: dict[str, str],
    smart: tuple[str, Path | None, str],
    signer: Signer | None,
    broken: tuple[str, list[str]],
) -> tuple[Firing, Post]:
    """Return what to fire and what carries it; what was started for it stops with the stack."""
    from cds.fire import sources

    server, patient = chart
    if url and not is_address(url):
        raise CannotFire(f"--url is the http(s) base of a service, not {url!r}")
    if (request is None) == (not patient):
        raise CannotFire("give either a stored REQUEST.json, or --patient ID with --fhir-server")
    of_demo = request is None and sources.is_demo(server)
    base = "" if of_demo or request is not None else sources.base_of(server)
    demo = _demo(stack, _readable(base, request)) if of_demo or not url else None
    about = None
    if request is None:
        opened = (
            sources.demo_chart(demo, server, patient)
            if demo is not None and of_demo
            else (sources.open_chart(base, clock=MachineClock(), smart=_smart(*smart)), patient)
        )
        about = _about(*opened, **told)
    post: Post = HttpPost()
    if not url:
        url, post, own = _inside(demo)
        signer = signer or own
    mode, breakers = _broken(*broken)
    return Firing(service, url, hook, about, request, mode, breakers, signer), post


def _about(chart: Any, patient: str, *, user: str, encounter: str, draft: str) -> About:
    from cds.fire.drafts import read_draft

    return About(chart, patient, user=user, encounter=encounter, draft=read_draft(draft) if draft else None)


def _demo(stack: ExitStack, fhir_servers: tuple[str, ...]) -> Any:
    """Start the demo's parts: a store in a folder that goes, and the synthetic patients on loopback."""
    from cds.cli.logging import configure
    from cds.wiring import demo

    configure("error")
    running = demo.start(fhir_servers=fhir_servers)
    stack.callback(running.close)
    return running


def _inside(demo: Any) -> tuple[str, Post, Signer]:
    """Return the demo's service as something to fire at in this process, and its own EHR's signer."""
    from cds.web import create_app
    from cds.wiring.demo import DEMO_ISSUER

    app = create_app(demo.live)
    return demo.live.parts.settings.base_url, in_process(app), Signer(DEMO_ISSUER, demo.private_key)


def _readable(base: str, request: dict[str, Any] | None) -> tuple[str, ...]:
    """Return the FHIR base that a service in this process must be allowed to read."""
    named = base or str((request or {}).get("fhirServer") or "")
    if not is_address(named):
        return ()
    parts = urlsplit(named)
    fits = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    return (named.rstrip("/"),) if fits else ()


def _stored(path: Path | None) -> dict[str, Any] | None:
    if path is None:
        return None
    try:
        found = orjson.loads(path.read_bytes())
    except OSError as error:
        raise CannotFire(f"{path}: cannot be read ({error.strerror})") from None
    except orjson.JSONDecodeError:
        raise CannotFire(f"{path}: is not JSON") from None
    if not isinstance(found, dict):
        raise CannotFire(f"{path}: a request is a JSON object")
    return found


def _signer(issuer: str, key: Path | None, jku: str, tenant: str) -> Signer | None:
    if bool(issuer) != (key is not None):
        raise CannotFire("--issuer and --key come together: who signs, and with what")
    return load_signer(key, issuer, jku=jku, tenant=tenant) if key is not None else None


def _smart(client_id: str, key: Path | None, token_url: str) -> Any:
    from cds.fire.sources import Smart

    if bool(client_id) != (key is not None):
        raise CannotFire("--smart-client-id and --smart-key come together")
    return Smart(client_id, key, token_url) if key is not None else None


def _broken(mode: str, given: list[str]) -> tuple[Mode, dict[str, str]]:
    if mode not in MODES:
        raise CannotFire(f"--prefetch is one of {', '.join(MODES)}, not {mode!r}")
    if any("=" not in item for item in given):
        raise CannotFire("--breaker is KEY=null, KEY=missing, KEY=outcome or KEY=page")
    return mode, dict(item.split("=", 1) for item in given)


def _save(path: Path, exchange: Exchange) -> None:
    """Write the request where only its owner may read it: it holds a patient's record."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            os.fchmod(handle, 0o600)
            file.write(orjson.dumps(storable(exchange), option=orjson.OPT_INDENT_2))
    except OSError as error:
        raise CannotFire(f"{path}: cannot be written ({error.strerror})") from None


def _say(exchange: Exchange, *, as_json: bool) -> int:
    """Print the answer and the verdict on it; return the exit code."""
    from cds.cli import verdict
    from cds.fire.render import render

    found = verdict.verdict(exchange)
    if as_json:
        # The body goes out byte for byte; what people should know goes beside it.
        typer.echo(exchange.reply.body, nl=False)
        if exchange.reply.status != 200:
            typer.echo(f"HTTP {exchange.reply.status}", err=True)
        for line in verdict.lines(found):
            typer.echo(line, err=True)
    else:
        console = Console(highlight=False)
        console.print(render(exchange))
        console.print(verdict.render(found))
    return verdict.exit_code(exchange, found)
