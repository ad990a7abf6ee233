"""What goes wrong with units."""


class UnitError(ValueError):
    """A unit is unknown, of another dimension, or needs to know of which substance."""
