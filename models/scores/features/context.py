"""What is worked out of one chart, each thing once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from models.base import Finding, Input
from models.scores.definition import Definition
from models.scores.features.chart import Chart
from models.scores.features.inputs import Found
from models.scores.features.kidney import Egfr
from models.scores.rules import Rule


@dataclass(slots=True)
class Context:
    """What is computed of one chart, each thing once."""

    chart: Chart
    definitions: Mapping[str, Definition]
    rules: Mapping[str, Rule]
    options: Mapping[str, Any]
    egfr: Egfr
    score: Callable[[str, "Context"], Finding]
    """How another score that one needs is computed."""
    found: dict[int, Found] = field(default_factory=dict)
    """Inputs by the identity of the rule that says where they come from."""
    choices: dict[int, tuple[Found, ...]] = field(default_factory=dict)
    """Every usable value of an input, by the identity of its rule."""
    lines: dict[tuple[str, int], tuple[Found, Input]] = field(default_factory=dict)
    """Inputs as findings carry them, by name and identity of what was found."""
    findings: dict[str, Finding] = field(default_factory=dict)
    earlier: dict[int, "Context"] = field(default_factory=dict)
    all_values: bool = field(init=False)
    """Whether scores that do not apply are computed all the same where their inputs are there."""

    def __post_init__(self) -> None:
        """Look up once what every score asks."""
        self.all_values = bool(self.options.get("all_values", True))

    def before(self, minutes_ago: int) -> "Context":
        """Return the context of the record as it stood before what came so many minutes ago."""
        known = self.earlier.get(minutes_ago)
        if known is None:
            chart = Chart(self.chart.index, minutes_ago + 1)
            known = Context(chart, self.definitions, self.rules, self.options, self.egfr, self.score)
            self.earlier[minutes_ago] = known
        return known
