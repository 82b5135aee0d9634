"""Bounds on what a weight file may become."""

import io

import pytest

from stitch_exp.weights.limits import Bounded, Budget, Refused


def test_a_file_may_become_four_times_its_size_and_half_a_gigabyte() -> None:
    budget = Budget(1_000)
    assert budget.limit == 4_000 + 512 * 2**20
    budget.spend(budget.limit)
    with pytest.raises(Refused, match=r"its 1,000 bytes would become 536,874,914 or more in memory.*limit 536,874,912"):
        budget.spend(2)


def test_no_more_is_read_than_there_is() -> None:
    stream = io.BytesIO(b"-ab\nrest")
    stream.seek(1)
    bounded = Bounded(stream, 8)
    assert bounded.readline() == b"ab\n" and bounded.left == 4
    assert bounded.read(3) == b"res"
    with pytest.raises(ValueError, match="announces 1,000,000,000 bytes where 1 are left"):
        bounded.read(10**9)
    assert bounded.read(1) == b"t" and bounded.left == 0
