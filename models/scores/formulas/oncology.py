"""Cancer patients: the Khorana score of thrombosis on chemotherapy."""

from collections.abc import Mapping
from typing import Any

from models.scores.formulas.points import Criteria, tidy, total

KHORANA: Criteria = (
    ("cancer_site", "in", ("stomach", "pancreas"), 2),
    ("cancer_site", "in", ("lung", "lymphoma", "gynaecological", "bladder", "testicular"), 1),
    ("platelets", ">=", 350, 1),
    ("white_cells", ">", 11, 1),
    ("bmi", ">=", 35, 1),
)


def khorana(x: Mapping[str, Any]) -> float:
    """Return the Khorana score, 0 to 6 (Khorana AA, et al. Blood 2008;111:4902-4907).

    Haemoglobin below 10 g/dL and the use of erythropoiesis-stimulating agents are one criterion.
    """
    anaemia = tidy(x["hemoglobin"]) < 10 or x["esa_use"]
    return total(x, KHORANA) + int(anaemia)
