"""Group work: of several threads that wait for the same costly step, the first does it for all.

A commit to disk costs the same for one row as for twenty. A thread that finds nobody at work leads: it takes
all that is waiting, itself included, and does it in one go; those who come meanwhile form the next batch, of
which the first in line leads. Order of arrival is order of work.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Slot(Generic[Item, Result]):
    """One piece of work and, once it is done, its result or its error."""

    __slots__ = ("_error", "_result", "_settled", "_wake", "item")

    def __init__(self, item: Item) -> None:
        self.item = item
        self._result: list[Result] = []
        self._error: Exception | None = None
        self._settled = False
        self._wake = threading.Lock()
        self._wake.acquire()  # A signal, not a critical section: whoever leads releases it.

    def succeed(self, result: Result) -> None:
        """Set the result; it is given out when the batch ends."""
        self._result, self._error = [result], None

    def fail(self, error: Exception) -> None:
        """Set the error; it is raised for this slot's owner alone when the batch ends."""
        self._result, self._error = [], error

    def reset(self) -> None:
        """Forget an outcome that did not last, because its transaction was rolled back."""
        self._result, self._error = [], None

    def settle(self, lost: Callable[[], Exception]) -> None:
        """Close the slot and wake its owner; a slot without outcome fails as lost."""
        if not self._result and self._error is None:
            self._error = lost()
        self._settled = True
        self._wake.release()

    def promote(self) -> None:
        """Wake the owner to lead the next batch."""
        self._wake.release()

    def wait(self) -> bool:
        """Wait until the slot is settled (true) or its owner is to lead (false)."""
        self._wake.acquire()
        return self._settled

    def outcome(self) -> Result:
        """Return the result or raise the error."""
        if self._error is not None:
            raise self._error
        return self._result[0]


class Batches(Generic[Item, Result]):
    """Collects what threads submit; `run` gets ready, takes the batch and gives each slot its outcome.

    The later it takes, the more have come to join.
    """

    def __init__(
        self,
        run: Callable[[Callable[[], Sequence[Slot[Item, Result]]]], None],
        *,
        lost: Callable[[], Exception],
        most: int = 256,
    ) -> None:
        self._run = run
        self._lost = lost
        self._most = most
        self._mutex = threading.Lock()
        self._waiting: list[Slot[Item, Result]] = []
        self._led = False

    def submit(self, item: Item) -> Result:
        """Do the item with others and return its result or raise its error."""
        slot: Slot[Item, Result] = Slot(item)
        with self._mutex:
            self._waiting.append(slot)
            leads = not self._led
            self._led = True
        if leads or not slot.wait():
            self._lead()
        return slot.outcome()

    def _lead(self) -> None:
        batch: list[Slot[Item, Result]] = []

        def take() -> Sequence[Slot[Item, Result]]:
            with self._mutex:
                batch.extend(self._waiting[: self._most])
                del self._waiting[: self._most]
            return batch

        try:
            self._run(take)
        finally:
            self._hand_over(batch or take())

    def _hand_over(self, batch: Sequence[Slot[Item, Result]]) -> None:
        """Wake all of a batch and who leads next, even where the leader was struck down."""
        with self._mutex:
            heir = self._waiting[0] if self._waiting else None
            self._led = heir is not None
        for slot in batch:
            slot.settle(self._lost)
        if heir is not None:
            heir.promote()
