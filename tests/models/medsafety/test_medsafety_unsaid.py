"""What an order does not say keeps no rule of the tables silent that a label makes speak."""

import pytest
from safety_world import chart, rules_of

from models.medsafety.model import model


@pytest.mark.parametrize(
    ("order", "more", "rule"),
    [
        ("methadone 20 mg po bid", {"age_years": 50}, "DOSEmethadoneStart"),
        ("nifedipine 10 mg po tid", {"age_years": 78}, "AGEnifedipineOlder"),
        ("estradiol 1 mg daily", {"age_years": 70, "sex": "female"}, "AGEestrogenOlder"),
        ("aspirin 325 mg po q6h", {"age_years": 10}, "AGEaspirinChild"),
        ("ibuprofen 50 mg po q6h", {"age_years": 0.2}, "AGEibuprofenInfant"),
        ("zolpidem 10 mg qhs", {"age_years": 45, "sex": "female"}, "DOSEzolpidemWomen"),
        ("isotretinoin 40 mg po daily", {"age_years": 25, "sex": "female"}, "LABisotretinoin"),
    ],
)
def test_a_reason_form_or_route_that_is_not_said_exempts_nothing(
    order: str, more: dict[str, object], rule: str
) -> None:
    assert rule in rules_of(model(), chart(order, **more))


@pytest.mark.parametrize(
    ("order", "more", "rule"),
    [
        (
            "methadone 20 mg po bid",
            {"age_years": 50, "conditions": [{"code": "F11.20", "status": "active"}]},
            "DOSEmethadoneStart",
        ),
        ("nifedipine extended release 60 mg po daily", {"age_years": 78}, "AGEnifedipineOlder"),
        ("nifedipine 60 mg po daily", {"age_years": 78}, "AGEnifedipineOlder"),
        ("estradiol vaginal 10 mcg daily", {"age_years": 70, "sex": "female"}, "AGEestrogenOlder"),
        (
            "aspirin 81 mg po daily",
            {"age_years": 10, "conditions": [{"code": "M30.3", "status": "active"}]},
            "AGEaspirinChild",
        ),
        ("zolpidem 5 mg qhs", {"age_years": 45, "sex": "female"}, "DOSEzolpidemWomen"),
    ],
)
def test_what_the_label_exempts_stays_silent(order: str, more: dict[str, object], rule: str) -> None:
    assert rule not in rules_of(model(), chart(order, **more))
