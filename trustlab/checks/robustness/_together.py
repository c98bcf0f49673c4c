"""Searches that ask a model one question at a time, run side by side so that it answers all of them in one call."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Question = TypeVar("Question")
Answer = TypeVar("Answer")
Found = TypeVar("Found")


class _StoppedError(BaseException):
    """Ends a search whose caller is gone; no library's ``except Exception`` holds it up."""


@dataclass(eq=False)
class _Search(Generic[Question, Answer, Found]):
    """One search in a thread of its own, which runs only while it has the turn."""

    run: Callable[[Callable[[Question], Answer]], Found]
    turn: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    paused: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    question: Any = None
    answer: Any = None
    found: Any = None
    error: BaseException | None = None
    over: bool = False
    stopped: bool = False

    def start(self) -> None:
        self.thread = threading.Thread(target=self._body, daemon=True)
        self.thread.start()

    def go_on(self) -> None:
        """Give the search the turn until it asks again or ends."""
        self.turn.release()
        self.paused.acquire()

    def stop(self) -> None:
        if not self.over:
            self.stopped = True
            self.go_on()

    def _ask(self, question: Question) -> Answer:
        self.question = question
        self.paused.release()
        self.turn.acquire()
        if self.stopped:
            raise _StoppedError
        answer: Answer = self.answer
        return answer

    def _body(self) -> None:
        self.turn.acquire()
        try:
            if not self.stopped:
                self.found = self.run(self._ask)
        except BaseException as error:  # noqa: BLE001 - carried over to the caller's thread
            self.error = error
        self.over = True
        self.paused.release()


def together(
    searches: Sequence[Callable[[Callable[[Question], Answer]], Found]],
    answers: Callable[[list[Question]], Sequence[Answer]],
) -> list[Found]:
    """Run searches side by side and answer one question of each at a time.

    Exactly one search runs at any moment, in the order given, so that what they draw from a common generator is the
    same on every run.

    Parameters
    ----------
    searches : sequence of callable
        Each takes a function that gives the answer to a question, and returns what it found.
    answers : callable
        Takes the open questions, at most one of each search, and returns their answers in the same order. It runs in
        the caller's thread.

    Returns
    -------
    list
        What each search found.
    """
    running = [_Search(search) for search in searches]
    for search in running:
        search.start()
    try:
        left = running
        while left:
            for search in left:
                search.go_on()
                if search.error is not None:
                    raise search.error
            left = [search for search in left if not search.over]
            if left:
                told = answers([search.question for search in left])
                for search, answer in zip(left, told, strict=True):
                    search.answer = answer
    finally:
        for search in running:
            search.stop()
    return [search.found for search in running]
