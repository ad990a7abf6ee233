"""How long a call takes of the processor, as little disturbed as a busy machine allows."""

import gc
import time
from collections.abc import Callable


def cpu_seconds(call: Callable[[], object], *, times: int = 3) -> float:
    """The least processor time of several calls, in seconds, with the garbage collector at rest.

    A full collection among the objects of some thousand tests takes seconds and would be
    charged to whatever happens to run.
    """
    active = gc.isenabled()
    gc.disable()
    try:
        return min(_once(call) for _ in range(times))
    finally:
        if active:
            gc.enable()


def _once(call: Callable[[], object]) -> float:
    began = time.process_time()
    call()
    return time.process_time() - began
