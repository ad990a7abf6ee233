"""Whom each score is applied to, where its inputs come from, and from which value on somebody should act.

One TOML file a score, named as the score; `models/scores/inputs.toml` says where an input comes from where a
score's file says nothing else. Unknown keys are errors, thresholds without guideline, year and address are
refused.
"""

from models.scores.rules.reader import RuleError, load_conflicts, load_rules, read_rule
from models.scores.rules.types import Compare, Conflict, InputRule, Predicate, Rule, Threshold, Together

__all__ = [
    "Compare",
    "Conflict",
    "InputRule",
    "Predicate",
    "Rule",
    "RuleError",
    "Threshold",
    "Together",
    "load_conflicts",
    "load_rules",
    "read_rule",
]
