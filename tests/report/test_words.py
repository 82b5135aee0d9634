"""What people read about each number."""

import pytest

from stitch_exp.measures.catalogue import NAMES
from stitch_exp.metrics.suite import Suite
from stitch_exp.report import words
from stitch_exp.types import Workspace


@pytest.fixture
def measured(make_run, networks):
    run = make_run(count=6, missing=(2,), shift=5)
    suite = Suite(names=NAMES, min_similarity=0.1, flow_side_px=64, **networks)
    return suite(*run, Workspace()), run[1].status


def test_every_measured_result_has_words(measured):
    assert [result.name for result in measured[0].results if result.name not in words.QUANTITIES] == []


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0"),
        (1.0, "1"),
        (0.99996, "1.0000"),
        (27.788, "27.79"),
        (225.56, "225.6"),
        (1e-5, "1.00e-05"),
        (120.0, "120"),
    ],
)
def test_numbers_are_short(value, shown):
    assert words.number(value) == shown


def test_undefined_is_a_dash():
    assert words.number(float("nan")) == "\u2013"
