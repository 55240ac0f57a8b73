"""How long a whole command may take, and work in parallel that ends with it."""

import queue
import threading
import time
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar, cast

from msgspec import Struct

W = TypeVar("W")
R = TypeVar("R")

PARALLEL = 8


class ExpiredError(Exception):
    """There is no time left."""


class Deadline:
    """A point in time that nothing goes beyond."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Return how many seconds are left, 0 for none."""
        return max(self._end - time.monotonic(), 0.0)

    def check(self) -> float:
        """Return how many seconds are left. Raises ExpiredError where there are none."""
        left = self.left
        if not left:
            raise ExpiredError
        return left

    def sleep(self, seconds: float) -> None:
        """Wait. Raises ExpiredError where the deadline comes first."""
        if seconds >= self.left:
            raise ExpiredError
        time.sleep(seconds)


class RateLimit:
    """At most so many calls in a second, with a burst: what kubectl's own client does (client-go's token bucket)."""

    def __init__(self, per_second: float, burst: int) -> None:
        self._per_second = per_second
        self._burst = burst
        self._tokens = float(burst)
        self._at = time.monotonic()
        self._lock = threading.Lock()

    def wait(self, deadline: Deadline) -> None:
        """Wait until a call is free. Raises ExpiredError where the deadline comes first."""
        with self._lock:
            now = time.monotonic()
            self._tokens = min(self._burst, self._tokens + (now - self._at) * self._per_second) - 1
            self._at = now
            pause = -self._tokens / self._per_second if self._tokens < 0 else 0.0
        if pause:
            deadline.sleep(pause)


def before(deadline: Deadline, do: Callable[[], R]) -> R:
    """Do one piece of work and return its result. Raises what it raises, and ExpiredError at the deadline."""
    (outcome,) = in_parallel([do], lambda work: work(), deadline)
    return outcome.value


class Outcome(Struct, Generic[W, R]):
    """What came of one piece of work: its result, or the error that it raised."""

    work: W
    result: R | None
    error: Exception | None

    @property
    def value(self) -> R:
        """The result. Raises the error where there is one."""
        if self.error is not None:
            raise self.error
        return cast("R", self.result)


def in_parallel(work: Iterable[W], do: Callable[[W], R], deadline: Deadline) -> list[Outcome[W, R]]:
    """Do pieces of work side by side and return what came of each, in their order.

    What is not done at the deadline has the error ExpiredError; its thread is left behind and keeps nothing alive.
    """
    items = list(work)
    todo: queue.SimpleQueue[tuple[int, W]] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[int, Outcome[W, R]]] = queue.SimpleQueue()
    for numbered in enumerate(items):
        todo.put(numbered)

    def serve() -> None:
        while True:
            try:
                index, item = todo.get_nowait()
            except queue.Empty:
                return
            try:
                done.put((index, Outcome(item, do(item), None)))
            except Exception as error:  # noqa: BLE001  # it is handed on, not swallowed
                done.put((index, Outcome(item, None, error)))

    for _ in range(min(PARALLEL, len(items))):
        threading.Thread(target=serve, daemon=True).start()
    outcomes: list[Outcome[W, R]] = [Outcome(item, None, ExpiredError()) for item in items]
    for _ in items:
        try:
            # The main thread waits here, where Ctrl-C reaches it.
            index, outcome = done.get(timeout=deadline.check())
        except (queue.Empty, ExpiredError):
            break
        outcomes[index] = outcome
    while True:  # nothing is started behind the deadline
        try:
            todo.get_nowait()
        except queue.Empty:
            return outcomes
