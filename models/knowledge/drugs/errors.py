"""What can be wrong with a drug table."""


class DrugTableError(Exception):
    """A row of a drug table is not of its form; the message names the file, the row and the fix."""
