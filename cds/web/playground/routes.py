"""The addresses of the playground; every page works without scripts."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

import orjson
from flask import Blueprint, Response, current_app, redirect, request
from flask.typing import ResponseReturnValue

from cds.errors import BadRequest, CdsError, Forbidden, NotFound
from cds.fire.discovery import Offer, parsed
from cds.fire.prefetch import BREAKERS
from cds.fire.transport import WsgiApp
from cds.hooks.contexts import HOOKS
from cds.web.assistant.routes import create_assistant
from cds.web.context import parts
from cds.web.pages import SCRIPTED, render
from cds.web.playground import cards, charts, firing, outcomes, pasted, scenario
from cds.web.playground.contrast import counted
from cds.web.playground.firing import Range, Shot
from cds.web.playground.kit import PatientRow, PlaygroundKit
from cds.web.playground.outcomes import Run, Runs
from cds.web.playground.pasted import Pasted
from cds.web.playground.scenario import DRAFTED, FROM_CHART, Scenario
from cds.web.playground.timing import WIDTH, Watch

_BREAKER_WORDS: Mapping[str, str] = {
    "normal": "as asked",
    "null": "null: looked, nothing there",
    "missing": "missing: left out",
    "outcome": "an OperationOutcome in its place",
    "page": "the first page only",
}


def create_playground(kit: PlaygroundKit) -> Blueprint:
    """Return the playground of a demo; any other process answers 404 at its addresses."""
    blueprint = Blueprint("playground", __name__, url_prefix="/playground")
    desk = Desk(kit)
    blueprint.before_request(_admit)
    blueprint.register_error_handler(CdsError, _refused)
    blueprint.add_url_rule("", view_func=desk.open)
    blueprint.add_url_rule("/fire", view_func=desk.fire)
    blueprint.add_url_rule("/fire", endpoint="fire_pasted", view_func=desk.fire_pasted, methods=["POST"])
    blueprint.add_url_rule("/feedback", view_func=desk.feedback, methods=["POST"])
    blueprint.add_url_rule("/runs/<run>", view_func=desk.run)
    blueprint.add_url_rule("/request.json", view_func=desk.request_json)
    blueprint.register_blueprint(create_assistant())
    blueprint.record(lambda state: state.app.add_url_rule("/", "front", _front))
    return blueprint


def _front() -> ResponseReturnValue:
    """Lead who types a demo's bare address to where there is something to see."""
    if not parts().demo:
        raise NotFound("there is nothing at this address")
    return redirect("/playground", 302)


def _admit() -> None:
    """Let in what a demo may be asked, by a page of its own."""
    current = parts()
    if not current.demo:
        raise NotFound("there is nothing at this address")
    if request.method == "POST" and request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        raise Forbidden("forms are taken from the playground's own pages only")
    limit = current.snapshot.limits.body_bytes
    request.max_content_length = limit
    request.max_form_memory_size = limit


def _refused(error: CdsError) -> Response:
    response = render("playground/refused.html", policy=SCRIPTED, section="playground", error=error)
    response.status_code = error.status
    return response


def _app() -> WsgiApp:
    return cast("WsgiApp", current_app.wsgi_app)


@dataclass(frozen=True)
class Desk:
    """The views, with what they share."""

    kit: PlaygroundKit
    runs: Runs = field(default_factory=Runs)

    def open(self) -> Response:
        """Show the patients, or the chart of the one chosen."""
        asked = scenario.read(request.args.to_dict())
        if not asked.patient:
            return _page("patients.html", patients=self.kit.patients(), scenario=asked, limit=_megabytes())
        return self._chart(asked)

    def fire(self) -> Response:
        """Fire a hook for a patient of the demo and show what every service answered."""
        asked = scenario.read(request.args.to_dict())
        row = self._patient(asked)
        place = Range(self.kit, parts(), _app(), row.id)
        offers = firing.offered(place.parts, place.app, self.kit)
        shots = firing.fired(_chosen(offers, asked), asked, place)
        drawn = cards.by_severity(card for shot in shots for card in shot.cards)
        run = self.runs.keep(asked, drawn)
        return self._chart(asked, shots=shots, drawn=drawn, run=Run(run, asked, drawn), offers=offers)

    def fire_pasted(self) -> Response:
        """Fire a hook for a pasted record, of which nothing is kept."""
        asked = replace(scenario.read(request.form.to_dict()), patient="")
        record = pasted.read(request.form.get("bundle", ""), limits=parts().snapshot.limits)
        place = Range(self.kit, parts(), _app(), record.patient, record.resources)
        offers = firing.offered(place.parts, place.app, self.kit)
        shots = firing.fired(_chosen(offers, asked), asked, place)
        drawn = cards.by_severity(card for shot in shots for card in shot.cards)
        return self._chart(asked, shots=shots, drawn=drawn, offers=offers, record=record)

    def feedback(self) -> ResponseReturnValue:
        """Send what became of a card to its service, and show what the service said."""
        told = outcomes.reaction(request.form.to_dict(), request.form.getlist("suggestion"))
        body = outcomes.body(told)
        reply = firing.feedback(told.service, orjson.dumps(body), (self.kit, parts(), _app()))
        kept = self.runs.find(told.run)
        card = next((c for c in kept.cards if c.uuid == told.card), None) if kept else None
        answer = "; ".join(issue.text for issue in firing.issues(parsed(reply.body)))
        made = outcomes.outcome(told, body, status=reply.status, answer=answer, card=card)
        if kept is None:
            return _page("outcome.html", outcome=made, scenario=Scenario())
        self.runs.note(kept.id, made)
        return redirect(f"/playground/runs/{kept.id}#card-{told.card}", 303)

    def run(self, run: str) -> Response:
        """Show the cards of a firing again, with what became of them."""
        kept = self.runs.find(run)
        if kept is None:
            raise NotFound("this firing is no longer kept; fire the hook again")
        return self._chart(kept.scenario, drawn=kept.cards, run=kept)

    def request_json(self) -> Response:
        """Return the whole request of a set-up for one service, as an EHR would send it."""
        asked = scenario.read(request.args.to_dict())
        place = Range(self.kit, parts(), _app(), self._patient(asked).id)
        offers = firing.offered(place.parts, place.app, self.kit)
        body = firing.written(_chosen(offers, asked)[0], asked, place)
        response = Response(orjson.dumps(body, option=orjson.OPT_INDENT_2), content_type="application/json")
        response.headers["Cache-Control"] = "no-store"
        return response

    def _patient(self, asked: Scenario) -> PatientRow:
        found = next((row for row in self.kit.patients() if row.slug == asked.patient), None)
        if found is None:
            raise NotFound("there is no such patient in this demo; choose one from the list")
        return found

    def _chart(
        self,
        asked: Scenario,
        *,
        shots: tuple[Shot, ...] = (),
        drawn: tuple[cards.CardView, ...] | None = None,
        run: Run | None = None,
        offers: tuple[Offer, ...] | None = None,
        record: Pasted | None = None,
    ) -> Response:
        """Show a chart with the form that fires, and with what came of it where something was fired."""
        row = PatientRow("", record.patient, "A pasted record") if record else self._patient(asked)
        watch = Watch()
        chart = (
            self.kit.pasted(record.resources, watch)
            if record
            else self.kit.chart(parts(), row.id, "generic", watch)
        )
        if offers is None:
            offers = firing.offered(parts(), _app(), self.kit)
        return _page(
            "chart.html",
            **_form(offers, asked, self.kit),
            patient=row,
            chart=charts.view(replace(chart, pages=1), row.id, pool=parts().pool),
            shots=shots,
            drawn=drawn,
            tally=cards.tally(drawn or (), failed=sum(not shot.ok for shot in shots)),
            run=run,
            outcomes=run.outcomes if run else {},
            pasted=record is not None,
        )


def _chosen(offers: tuple[Offer, ...], asked: Scenario) -> tuple[Offer, ...]:
    found = firing.chosen(offers, asked)
    if not found:
        what = f"{asked.service} does not answer" if asked.service else "no service answers"
        raise BadRequest(f"{what} {asked.hook}; choose another hook or service", pointer="/hook")
    return found


def _form(offers: tuple[Offer, ...], asked: Scenario, kit: PlaygroundKit) -> dict[str, Any]:
    """Return what the form shows: hooks with their services, prefetch keys, profiles, fields of the hook."""
    answering = {hook: tuple(o for o in offers if o.hook == hook) for hook in HOOKS}
    here = firing.chosen(offers, asked)
    keys = {key: query for offer in here for key, query in offer.prefetch.items()}
    return {
        "scenario": asked,
        "hooks": tuple(hook for hook in HOOKS if answering[hook]),
        "unanswered": tuple(hook for hook in HOOKS if not answering[hook]),
        "answering": answering[asked.hook],
        "keys": keys,
        "breakers": ("normal", *BREAKERS),
        "breaker_words": _BREAKER_WORDS,
        "ehrs": kit.ehrs,
        "ehr": next(ehr for ehr in kit.ehrs if ehr.name == asked.ehr),
        "drafted": DRAFTED.get(asked.hook),
        "from_chart": FROM_CHART.get(asked.hook, ""),
        "fields": HOOKS[asked.hook].fields,
        "spec": HOOKS[asked.hook].spec,
    }


def _megabytes() -> str:
    return f"{parts().snapshot.limits.body_bytes / 1e6:g} MB"


def _page(template: str, **values: Any) -> Response:
    response = render(
        f"playground/{template}",
        policy=SCRIPTED,
        section="playground",
        base_url=parts().settings.base_url.rstrip("/"),
        counted=counted,
        width=WIDTH,
        **values,
    )
    # Pages show charts, synthetic or pasted: no cache keeps them.
    response.headers["Cache-Control"] = "no-store"
    return response
