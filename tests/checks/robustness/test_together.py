"""Searches side by side: the answers are theirs, the calls are few, and nobody is left waiting."""

import contextlib
import threading

import numpy as np
import pytest

from trustlab.checks.robustness._together import together


def bisect(target):
    """Search a number between 0 and 1,024; the answer to a guess is whether the target lies above it."""

    def search(ask):
        low, high = 0, 1024
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if ask((target, middle)) else (low, middle)
        return low

    return search


def test_each_search_finds_its_own_and_all_ask_at_once():
    calls = []

    def answers(questions):
        calls.append(len(questions))
        return [target >= guess for target, guess in questions]

    targets = [3, 999, 512, 0]
    assert together([bisect(target) for target in targets], answers) == targets
    assert calls == [4] * 10  # ten halvings of 1,024, whatever the number of searches


def test_searches_of_different_lengths_end_when_they_end():
    def counting(n):
        return lambda ask: sum(ask(1) for _ in range(n))

    sizes = []
    found = together([counting(n) for n in (0, 3, 1)], lambda asked: sizes.append(len(asked)) or asked)
    assert found == [0, 3, 1]
    assert sizes == [2, 1, 1]
    assert together([], lambda asked: asked) == []


def test_draws_from_a_common_generator_are_the_same_on_every_run():
    def draws():
        rng = np.random.default_rng(0)
        return together([lambda ask: [ask(rng.random()) for _ in range(20)] for _ in range(5)], list)

    assert draws() == draws()


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_error_in_a_search_or_an_answer_reaches_the_caller_and_ends_all(error):
    before = threading.active_count()

    def failing(ask):
        ask(0)
        raise error

    def refuse(_asked):
        raise error

    def stubborn(ask):
        while True:
            with contextlib.suppress(Exception):  # a library that goes on whatever happens
                ask(0)

    with pytest.raises(error):
        together([stubborn, failing], lambda asked: asked)
    with pytest.raises(error):
        together([stubborn, bisect(5)], refuse)
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and thread.daemon:
            thread.join(timeout=5)
    assert threading.active_count() <= before
