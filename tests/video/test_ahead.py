"""The frames made in advance are the frames, and nothing is left running."""

import threading
import time
from collections.abc import Iterator

import pytest

from stitch_exp.video.ahead import ahead


def numbers(count: int, made: list[int], closed: list[bool]) -> Iterator[int]:
    try:
        for number in range(count):
            made.append(number)
            yield number
    finally:
        closed.append(True)


def test_order_is_kept() -> None:
    assert list(ahead(range(100), depth=3)) == list(range(100))
    assert list(ahead([])) == []


def test_a_few_are_made_in_advance_and_no_more() -> None:
    made: list[int] = []
    items = ahead(numbers(50, made, []), depth=2)
    assert next(items) == 0
    deadline = time.monotonic() + 60
    while len(made) < 4 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert made == [0, 1, 2, 3]
    items.close()


def test_an_error_arrives_after_the_items_before_it() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise ValueError("frame 1 is gone")

    seen = []
    with pytest.raises(ValueError, match="frame 1 is gone"):
        for item in ahead(broken()):
            seen.append(item)
    assert seen == [1]


def test_stopping_early_closes_the_source_and_ends_the_thread() -> None:
    before, closed = set(threading.enumerate()), []
    items = ahead(numbers(10**6, [], closed))
    next(items)
    items.close()
    assert closed == [True] and set(threading.enumerate()) <= before
