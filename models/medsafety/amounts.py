"""How much of an ingredient is taken at a time and in a day, in the unit that a rule speaks of."""

from models.medsafety.person import Person, Taken
from models.quantities import UnitError, convert
from models.record import Quantity

_PER_KG = "/kg"


def per_day(taken: Taken, ingredient: str, unit: str, person: Person) -> float | None:
    """Return the daily dose in `mg/d`, `mg/kg/d`, ...; None where dose, frequency or weight is not known."""
    return in_unit(taken.drug.daily(ingredient), unit.removesuffix("/d"), person)


def single_dose(taken: Taken, ingredient: str, unit: str, person: Person) -> float | None:
    """Return the dose taken at a time."""
    return in_unit(taken.drug.single(ingredient), unit, person)


def in_unit(amount: Quantity | None, unit: str, person: Person) -> float | None:
    """Return an amount in a unit, per kilogram where the unit is; None where it cannot be converted."""
    if amount is None:
        return None
    by_weight = unit.endswith(_PER_KG)
    if by_weight and not person.weight_kg:
        return None
    wanted = unit.removesuffix(_PER_KG)
    try:
        value = amount.value if amount.unit == wanted else convert(amount.value, amount.unit, wanted)
    except UnitError:
        return None
    return value / person.weight_kg if by_weight and person.weight_kg else value
