"""Clauses about the person: conditions, allergies, pregnancy, liver, setting."""

from models.knowledge.drugs.rows import Clause
from models.medsafety.answers.scene import COMPARE, NO, YES, Scene, Verdict, could_not


def sex(clause: Clause, scene: Scene) -> Verdict:
    """Tell whether the recorded sex is the one asked for."""
    sex = scene.person.sex
    if sex not in ("female", "male"):
        return Verdict(None, missing=("sex not recorded as female or male",))
    return YES if sex in clause.values else NO


def condition(clause: Clause, scene: Scene) -> Verdict:
    """Tell whether a condition is on record in the sense of its term."""
    term = scene.terms.conditions.get(clause.subject)
    title = term.title if term else clause.subject.replace("_", " ")
    for held in scene.person.held(clause.subject):
        if not held.sure:
            return Verdict(None, missing=(f"{title}: not confirmed",))
        recent = clause.within_days is None or (held.days_ago or 0) <= clause.within_days
        if recent and (held.current or (term is not None and term.means == "history")):
            return Verdict(value=True, found=(title,))
    if scene.person.conditions_known:
        return NO
    return Verdict(None, missing=(f"condition list not complete: {title} not known",))


def indication(clause: Clause, scene: Scene) -> Verdict:
    """Tell whether the order says that it is for this."""
    if not scene.a.indications:
        # An order that names no reason is taken to be for what the person has.
        if any(held.current and held.sure for held in scene.person.held(clause.subject)):
            return YES
        return Verdict(None, missing=("indication not recorded",))
    return YES if clause.subject in scene.a.indications else NO


def allergy(clause: Clause, scene: Scene) -> Verdict:
    """Tell whether the allergy list names the group, or the very substance."""
    entries = (scene.allergy,) if scene.allergy is not None else scene.person.allergies
    if clause.subject == "self":
        return YES if any(scene.a_ingredient in entry.ingredients for entry in entries) else NO
    return YES if any(clause.subject in entry.groups for entry in entries) else NO


def reaction(clause: Clause, scene: Scene) -> Verdict:
    """Tell whether the entry in question names one of these reactions."""
    if scene.allergy is None:
        return Verdict(None, missing=("reaction not recorded",))
    return YES if scene.allergy.reactions & set(clause.values) else NO


def pregnancy(_: Clause, scene: Scene) -> Verdict:
    """Tell whether the person is pregnant; not recorded is not "not pregnant"."""
    pregnant = scene.person.pregnant
    if pregnant is None:
        return NO if could_not(scene) else Verdict(None, missing=("pregnancy not recorded",))
    return Verdict(pregnant, ("pregnant",) if pregnant else ())


def could(_: Clause, scene: Scene) -> Verdict:
    """Tell whether a pregnancy is possible and nothing excludes it."""
    if scene.person.pregnant:
        return YES
    return NO if could_not(scene) else Verdict(value=True, missing=("pregnancy not excluded",))


def gestation(clause: Clause, scene: Scene) -> Verdict:
    """Compare the weeks of pregnancy."""
    person = scene.person
    if not person.pregnant:
        return NO if person.pregnant is False or could_not(scene) else Verdict(None)
    if person.gestation_weeks is None:
        return Verdict(None, missing=("gestational age not recorded",))
    verdict = COMPARE[clause.op](person.gestation_weeks, clause.value or 0)
    return Verdict(verdict, (f"{person.gestation_weeks:g} weeks",) if verdict else ())


def gestation_missing(_: Clause, scene: Scene) -> Verdict:
    """Tell whether a pregnancy has no week on record."""
    missing = bool(scene.person.pregnant) and scene.person.gestation_weeks is None
    return Verdict(missing, missing=("gestational age not recorded",) if missing else ())


def trimester(clause: Clause, scene: Scene) -> Verdict:
    """Tell whether the trimester is one of these."""
    person = scene.person
    if not person.pregnant:
        return NO if person.pregnant is False or could_not(scene) else Verdict(None)
    if person.trimester is None:
        return Verdict(None, missing=("gestational age not recorded",))
    wanted = set("".join(clause.values))
    return YES if str(person.trimester) in wanted else NO


def lactation(_: Clause, scene: Scene) -> Verdict:
    """Tell whether the person is breastfeeding."""
    lactating = scene.person.lactating
    if lactating is None:
        return NO if could_not(scene) else Verdict(None, missing=("lactation not recorded",))
    return Verdict(lactating, ("breastfeeding",) if lactating else ())


def hepatic(clause: Clause, scene: Scene) -> Verdict:
    """Grade the liver as far as the record tells: decompensation severe, cirrhosis moderate, disease mild."""
    person = scene.person
    decompensated = any(h.current for n in ("hepatic_encephalopathy", "ascites") for h in person.held(n))
    if (decompensated and any(person.held("cirrhosis"))) or any(person.held("liver_failure")):
        grade = "severe"
    elif any(person.held("cirrhosis")):
        grade = "moderate"
    elif any(person.held("liver_disease")) or any(person.held("hepatitis_c")):
        grade = "mild"
    else:
        return NO if person.conditions_known else Verdict(None, missing=("liver disease not known",))
    verdict = "any" in clause.values or grade in clause.values
    words = {"mild": "liver disease", "moderate": "cirrhosis", "severe": "decompensated liver disease"}[grade]
    return Verdict(verdict, (words,) if verdict else ())


def qt_sum(clause: Clause, scene: Scene) -> Verdict:
    """Compare the sum of the grades of what lengthens QT."""
    return YES if COMPARE[clause.op](scene.qt_sum, clause.value or 0) else NO


def setting(clause: Clause, scene: Scene) -> Verdict:
    """Tell whether the call is from one of these settings."""
    if not scene.person.setting:
        return Verdict(None, missing=("setting not recorded",))
    return YES if scene.person.setting in clause.values else NO


def age_missing(_: Clause, scene: Scene) -> Verdict:
    """Tell whether no age is on record."""
    missing = scene.person.age_years is None
    return Verdict(missing, missing=("age not recorded",) if missing else ())
