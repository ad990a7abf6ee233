"""Units of measure (UCUM): parse them, compare their dimensions, convert values exactly or refuse."""

from models.quantities.conversion import convert, is_substance
from models.quantities.errors import UnitError
from models.quantities.units import Unit, parse

__all__ = ["Unit", "UnitError", "convert", "is_substance", "parse"]
