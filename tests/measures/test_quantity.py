"""What metrics declare about their numbers."""

from typing import get_args

import numpy as np
import pytest

from stitch_exp.measures.quantity import GROUPS, Quantity
from stitch_exp.report.words import QUANTITIES
from stitch_exp.types import Better

ALL = sorted(QUANTITIES.values(), key=lambda item: item.name)


@pytest.mark.parametrize("item", ALL, ids=lambda item: item.name)
def test_a_number_belongs_to_a_known_question_and_says_what_it_means_in_a_sentence(item):
    assert item.group in GROUPS and item.better in get_args(Better)
    assert item.name.isidentifier() and item.title[0].isupper() and item.title == item.title.strip()
    assert item.meaning[0].isupper() and item.meaning.endswith(".") and "  " not in item.meaning


@pytest.mark.parametrize("item", ALL, ids=lambda item: item.name)
def test_what_is_watched_has_a_side_that_is_worse_and_what_has_a_level_has_a_chart(item):
    assert not item.watched or item.better in ("higher", "lower")
    assert item.level is None or item.chart
    assert not item.headline or item.column


def test_numbers_that_share_a_chart_share_its_unit_and_its_level():
    charts = {}
    for item in ALL:
        if item.chart:
            charts.setdefault(item.chart, set()).add((item.unit, item.level))
    assert charts and all(len(kinds) == 1 for kinds in charts.values())


def test_every_question_has_a_number():
    assert {item.group for item in ALL} == set(GROUPS)


def test_a_result_carries_what_was_declared_and_what_was_measured():
    item = Quantity(name="x", title="X", meaning="M.", group="Cost", unit="s", better="lower")
    curve = np.array([1.0, 3.0])
    made = item.result(2.0, curve, note="two frames", instrument="watch")
    assert (made.name, made.value, made.unit, made.better) == ("x", 2.0, "s", "lower")
    assert made.per_frame is curve and (made.note, made.instrument) == ("two frames", "watch")
    plain = item.result(1.0)
    assert (plain.per_frame, plain.note, plain.instrument) == (None, "", "")
