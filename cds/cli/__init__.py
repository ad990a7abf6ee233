"""The command line: `clinicards --help` lists all."""

from cds.cli.root import main

__all__ = ["main"]
