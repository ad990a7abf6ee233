"""The two ONC lists: what must always alert, in every arrangement and wording, and what must never interrupt.

High priority: Phansalkar S et al. J Am Med Inform Assoc 2012;19:735-743. Low priority: 2013;20:489-493.
"""

from itertools import product
from typing import Any

import pytest

from models.medsafety.model import model

MAOIS = (
    ("phenelzine 15 mg tid", "Nardil 15 mg tid", "Phenelzine 15 MG Oral Tablet"),
    ("tranylcypromine 10 mg tid", "Parnate 10 mg tid", "Tranylcypromine 10 MG Oral Tablet"),
    ("isocarboxazid 10 mg bid", "Marplan 10 mg bid", "isocarboxazid 10 MG Oral Tablet"),
)
KETOCONAZOLE = ("ketoconazole 200 mg daily", "ketoconazole 200mg PO daily", "Ketoconazole 200 MG Oral Tablet")
CLARITHROMYCIN = ("clarithromycin 500 mg bid", "Biaxin 500 mg bid", "Clarithromycin 500 MG Oral Tablet")
ITRACONAZOLE = ("itraconazole 200 mg daily", "Sporanox 200 mg daily", "Itraconazole 100 MG Oral Capsule")
DARUNAVIR = ("darunavir 800 mg daily", "Prezista 800 mg daily", "darunavir 800 MG Oral Tablet")
ATAZANAVIR = ("atazanavir 300 mg daily", "Reyataz 300 mg daily", "atazanavir 300 MG Oral Capsule")
GROUPS: dict[str, tuple[tuple[tuple[str, ...], ...], tuple[tuple[str, ...], ...]]] = {
    "amphetamines and MAO inhibitors": (
        (
            (
                "dextroamphetamine 10 mg bid",
                "Dexedrine 10 mg bid",
                "Dextroamphetamine Sulfate 10 MG Oral Tablet",
            ),
            (
                "lisdexamfetamine 50 mg daily",
                "Vyvanse 50 mg daily",
                "lisdexamfetamine dimesylate 50 MG Oral Capsule",
            ),
        ),
        MAOIS,
    ),
    "atazanavir and proton pump inhibitors": (
        (ATAZANAVIR,),
        (
            (
                "omeprazole 40 mg daily",
                "Prilosec 40 mg daily",
                "Omeprazole 40 MG Delayed Release Oral Capsule",
            ),
            (
                "pantoprazole 40 mg daily",
                "Protonix 40 mg daily",
                "pantoprazole 40 MG Delayed Release Oral Tablet",
            ),
        ),
    ),
    "febuxostat and thiopurines": (
        (("febuxostat 40 mg daily", "Uloric 40 mg daily", "febuxostat 40 MG Oral Tablet"),),
        (
            ("azathioprine 50 mg daily", "Imuran 50 mg daily", "Azathioprine 50 MG Oral Tablet"),
            ("mercaptopurine 50 mg daily", "Purixan 50 mg daily", "mercaptopurine 50 MG Oral Tablet"),
        ),
    ),
    "SSRIs and MAO inhibitors": (
        (
            ("sertraline 50 mg daily", "Zoloft 50 mg daily", "Sertraline 50 MG Oral Tablet"),
            ("fluoxetine 20 mg daily", "Prozac 20 mg daily", "FLUoxetine 20 MG Oral Capsule"),
        ),
        MAOIS,
    ),
    "irinotecan and strong CYP3A4 inhibitors": (
        (
            (
                "irinotecan 180 mg iv",
                "Camptosar 180 mg iv",
                "irinotecan hydrochloride 20 MG/ML Injectable Solution",
            ),
        ),
        (KETOCONAZOLE, ITRACONAZOLE),
    ),
    "opioids and MAO inhibitors": (
        (
            ("meperidine 50 mg q4h", "Demerol 50 mg q4h", "Meperidine Hydrochloride 50 MG Oral Tablet"),
            ("tramadol 50 mg q6h", "Ultram 50 mg q6h", "traMADol Hydrochloride 50 MG Oral Tablet"),
        ),
        MAOIS,
    ),
    "tricyclics and MAO inhibitors": (
        (
            ("amitriptyline 50 mg qhs", "Elavil 50 mg qhs", "Amitriptyline Hydrochloride 50 MG Oral Tablet"),
            ("nortriptyline 25 mg qhs", "Pamelor 25 mg qhs", "Nortriptyline 25 MG Oral Capsule"),
        ),
        MAOIS,
    ),
    "two drugs that lengthen QT": (
        (
            (
                "thioridazine 100 mg tid",
                "thioridazine 100mg PO TID",
                "Thioridazine Hydrochloride 100 MG Oral Tablet",
            ),
            ("pimozide 2 mg daily", "Orap 2 mg daily", "Pimozide 2 MG Oral Tablet"),
        ),
        (
            (
                "quinidine sulfate 200 mg q6h",
                "quinidine 200mg PO q6h",
                "quinidine sulfate 200 MG Oral Tablet",
            ),
            ("sotalol 80 mg bid", "Betapace 80 mg bid", "Sotalol Hydrochloride 80 MG Oral Tablet"),
        ),
    ),
    "ramelteon and strong CYP1A2 inhibitors": (
        (("ramelteon 8 mg qhs", "Rozerem 8 mg qhs", "ramelteon 8 MG Oral Tablet"),),
        (("fluvoxamine 100 mg qhs", "Luvox 100 mg qhs", "fluvoxamine maleate 100 MG Oral Tablet"),),
    ),
    "protease inhibitors and strong CYP3A4 inducers": (
        (DARUNAVIR, ATAZANAVIR),
        (
            ("rifampin 600 mg daily", "Rifadin 600 mg daily", "Rifampin 300 MG Oral Capsule"),
            (
                "st john's wort 300 mg tid",
                "St. John's Wort 300mg TID",
                "St. John's wort extract 300 MG Oral Capsule",
            ),
        ),
    ),
    "statins and strong CYP3A4 inhibitors": (
        (
            ("simvastatin 40 mg daily", "Zocor 40 mg daily", "Simvastatin 40 MG Oral Tablet"),
            ("lovastatin 20 mg daily", "Mevacor 20 mg daily", "Lovastatin 20 MG Oral Tablet"),
        ),
        (CLARITHROMYCIN, ITRACONAZOLE, DARUNAVIR),
    ),
    "tizanidine and CYP1A2 inhibitors": (
        (("tizanidine 4 mg tid", "Zanaflex 4 mg tid", "tiZANidine 4 MG Oral Tablet"),),
        (
            ("ciprofloxacin 500 mg bid", "Cipro 500 mg bid", "Ciprofloxacin 500 MG Oral Tablet"),
            ("fluvoxamine 100 mg qhs", "Luvox 100 mg qhs", "fluvoxamine maleate 100 MG Oral Tablet"),
        ),
    ),
    "tranylcypromine and procarbazine": (
        (MAOIS[1],),
        (("procarbazine 100 mg daily", "Matulane 100 mg daily", "procarbazine 50 MG Oral Capsule"),),
    ),
    "triptans and MAO inhibitors": (
        (
            ("sumatriptan 50 mg prn", "Imitrex 50 mg prn", "SUMAtriptan 50 MG Oral Tablet"),
            ("rizatriptan 10 mg prn", "Maxalt 10 mg prn", "rizatriptan 10 MG Oral Tablet"),
        ),
        MAOIS[:2],
    ),
    "ergot and strong CYP3A4 inhibitors": (
        (
            ("ergotamine 1 mg prn", "Cafergot prn", "Ergotamine Tartrate 2 MG Sublingual Tablet"),
            (
                "dihydroergotamine nasal 4 mg/mL",
                "Migranal nasal spray",
                "dihydroergotamine mesylate 0.5 MG/ACTUAT Nasal Spray",
            ),
        ),
        (CLARITHROMYCIN, KETOCONAZOLE, DARUNAVIR),
    ),
}
ARRANGEMENTS = ("draft and active", "active and draft", "both drafted", "both drafted, turned")


def ordered(first: str, second: str, arrangement: str) -> dict[str, Any]:
    a, b = {"text": first}, {"text": second}
    lists = {
        "draft and active": ([a], [b]),
        "active and draft": ([b], [a]),
        "both drafted": ([a, b], []),
        "both drafted, turned": ([b, a], []),
    }
    draft, medications = lists[arrangement]
    whole = {"allergies": [], "conditions": [], "labs": {}, "age_years": 50, "sex": "male"}
    return {**whole, "draft": draft, "medications": medications}


def test_there_are_fifteen_groups() -> None:
    assert len(GROUPS) == 15


@pytest.mark.parametrize("arrangement", ARRANGEMENTS)
@pytest.mark.parametrize("group", GROUPS)
def test_high_priority_pairs_alert_in_every_arrangement_and_wording(group: str, arrangement: str) -> None:
    """By generic words, brand and display of a product; QT pairs are graded, the others critical."""
    silent = []
    for one, other in product(*GROUPS[group]):
        for first, second in (*zip(one, other, strict=True), (one[1], other[2]), (one[2], other[0])):
            answer = model().run(ordered(first, second, arrangement))
            paired = [a for a in answer["alerts"] if len(a["drugs"]) == 2 or a["kind"] == "qt"]
            graded = group == "two drugs that lengthen QT"
            if not any(
                a["severity"] == "critical" or (graded and a["severity"] == "warning") for a in paired
            ):
                silent.append((first, second, paired, answer["not_checked"]))
    assert not silent


def members() -> list[tuple[str, str, str]]:
    """Return each pair of members of the classes of each low-priority pair."""
    return [
        (rule.id, first, second)
        for rule in model().knowledge.table("ddi_suppress")
        if rule.b is not None
        for first in sorted(rule.a.ingredients)
        for second in sorted(rule.b.ingredients)
        if first != second
    ]


def test_low_priority_pairs_never_interrupt() -> None:
    """Every pair of members, both ways round: what names both drugs does not interrupt."""
    loud = []
    for name, first, second in members():
        for arrangement in ("draft and active", "active and draft"):
            answer = model().run(ordered(first, second, arrangement))
            loud += [
                (name, a["rule"], a["drugs"])
                for a in answer["alerts"]
                if a["interruptive"] and set(a["drugs"]) == {first, second}
            ]
    assert not loud


def test_low_priority_pairs_are_many() -> None:
    assert len(members()) > 1000
