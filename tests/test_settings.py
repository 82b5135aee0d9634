"""Ranges stand in the types of settings, and a class refuses all bad values at once."""

from dataclasses import dataclass
from typing import Annotated

import pytest

from stitch_exp.errors import SettingsError
from stitch_exp.settings import Count, Natural, NonNegative, Positive, Range, Share, checked, complaint

NAN = float("nan")


@pytest.mark.parametrize(
    ("value", "hint", "refused"),
    [
        (1, Count, False), (0, Count, True), (0, Natural, False), (-1, Natural, True),
        (0.0, Positive, True), (1e-9, Positive, False), (NAN, Positive, True), (float("inf"), Positive, True),
        (0.0, Share, False), (1.0, Share, False), (1.1, Share, True), (-0.1, NonNegative, True),
        (None, Count | None, False), (0, Count | None, True), ("auto", Share | str, False), (2.0, Share | str, True),
        ([1, 2], list[Count], False), ([1, 0], list[Count], True), ({"age": NAN}, dict[str, Positive] | None, True),
        (90, Annotated[float, Range(-90, 90, below=True)], True), (NAN, float, True), (True, Count, False),
    ],
)  # fmt: skip
def test_values_against_ranges(value, hint, refused):
    assert (complaint(value, hint) is not None) is refused


def test_a_range_reads_as_advice():
    assert str(Range(0, 1, above=True)) == "more than 0 and at most 1"
    assert str(Range()) == "a finite number"


@checked
class Plain:
    def __init__(self, *, count: Count, share: Share, name: str = "x") -> None:
        self.count = count


@checked
@dataclass(frozen=True, slots=True)
class Frozen:
    rate: Positive
    gain: NonNegative = 0.0


def test_all_bad_values_of_a_class_are_named_at_once():
    with pytest.raises(SettingsError) as caught:
        Plain(count=0, share=2.0)
    assert caught.value.problems == {"count": "is 0; use at least 1", "share": "is 2.0; use at least 0 and at most 1"}
    assert str(caught.value.below("tuning")).startswith("tuning.count is 0; use at least 1; tuning.share")


def test_frozen_settings_are_checked_too():
    assert Frozen(1.0).rate == 1.0
    with pytest.raises(SettingsError, match=r"gain is -1; use at least 0"):
        Frozen(rate=1.0, gain=-1)


def test_good_values_pass_unchanged():
    assert Plain(count=3, share=0.5).count == 3
