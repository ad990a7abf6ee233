"""The 31 source attributes of 45 CFR 170.315(b)(11)(iv)(B), in their nine groups.

The rule asks them of predictive interventions; every model here has them, formulas too. The titles are ours.
"""

from collections.abc import Mapping

GROUPS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "details": (
        "Details and output",
        {
            "developer": "Developer and contact",
            "funding": "Funding of the implementation",
            "output": "Value that is produced",
            "output_type": "Type of output",
        },
    ),
    "purpose": (
        "Purpose",
        {
            "intended_use": "Intended use",
            "population": "Intended patients",
            "users": "Intended users",
            "decision_role": "Role in the decision",
        },
    ),
    "caution": (
        "Cautioned out-of-scope use",
        {
            "out_of_scope": "Tasks, situations and populations to stay away from",
            "risks": "Known risks, inappropriate settings and limitations",
        },
    ),
    "development": (
        "Development and input features",
        {
            "data_criteria": "Inclusion and exclusion of training data",
            "sensitive_inputs": "Race, language, sex, age, social and similar inputs",
            "representativeness": "Demographic representativeness",
            "relevance": "Relevance of the data to where it is used",
        },
    ),
    "fairness": (
        "Fairness in development",
        {
            "approach": "Approach to a fair output",
            "bias": "Approach to reduce bias",
        },
    ),
    "external_validation": (
        "External validation",
        {
            "data": "Data, setting and environment",
            "party": "Who tested",
            "demographics": "Demographic representativeness",
            "process": "Process",
        },
    ),
    "performance": (
        "Quantitative measures",
        {
            "validity_internal": "Validity in data of the same source",
            "fairness_internal": "Fairness in data of the same source",
            "validity_external": "Validity in other data",
            "fairness_external": "Fairness in other data",
            "outcomes": "Evaluations of use on outcomes",
        },
    ),
    "maintenance": (
        "Maintenance",
        {
            "validity_monitoring": "How validity is monitored",
            "validity_local": "Validity in local data",
            "fairness_monitoring": "How fairness is monitored",
            "fairness_local": "Fairness in local data",
        },
    ),
    "updates": (
        "Updates",
        {
            "schedule": "How and how often it is updated",
            "correction": "How performance is corrected when risks are found",
        },
    ),
}
