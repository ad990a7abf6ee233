"""Processor time of a process and all it started, from /proc."""

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def tree_seconds(root: int) -> float:
    """Return user and system seconds of a process, its descendants, and children it has waited for."""
    stats = dict(filter(None, map(_stat, Path("/proc").iterdir())))
    members = {root}
    grown = True
    while grown:
        more = {pid for pid, (parent, _) in stats.items() if parent in members} - members
        members |= more
        grown = bool(more)
    return sum(stats[pid][1] for pid in members if pid in stats) / _TICKS


def _stat(folder: Path) -> tuple[int, tuple[int, int]] | None:
    """Return (pid, (parent's pid, ticks)); None for what is no process or has ended meanwhile."""
    if not folder.name.isdigit():
        return None
    try:
        text = (folder / "stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    # The second field is the program's name in parentheses and may hold blanks.
    fields = text.rpartition(")")[2].split()
    return int(folder.name), (int(fields[1]), sum(map(int, fields[11:15])))
