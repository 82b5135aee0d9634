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


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (float("inf"), "\u221e"),
        (float("-inf"), "-\u221e"),
        (-0.0, "0"),
        (-1.5, "-1.5000"),
        (2.0004, "2.00"),
        (99.99, "99.99"),
        (100.04, "100.0"),
        (999999.0, "999999"),
        (1e6, "1.00e+06"),
        (123456.5, "1.23e+05"),
        (0.001, "0.0010"),
        (0.00099, "9.90e-04"),
    ],
)
def test_numbers_at_the_edges_of_their_formats(value, shown):
    assert words.number(value) == shown


def test_every_number_belongs_to_one_group_and_columns_come_in_the_order_of_groups():
    grouped = [name for names in words.GROUPS.values() for name in names]
    assert sorted(grouped) == sorted(words.QUANTITIES)
    assert list(words.COLUMNS) == [name for name in grouped if words.QUANTITIES[name].column]
    assert all(words.QUANTITIES[name].name == name for name in grouped)


def test_no_two_numbers_share_a_title():
    titles = [item.title for item in words.QUANTITIES.values()]
    assert sorted(set(titles)) == sorted(titles)


def test_a_number_without_words_has_its_own_name_and_is_no_headline():
    assert words.title_of("of_my_own") == "of_my_own" and not words.is_headline("of_my_own")
    assert words.title_of("seconds_per_frame") == "Time"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("seconds_per_frame", "known of runs only"),
        ("age_change", "needs a judge: judge=age_gender"),
        ("psnr", "needs the crops and masks of a run"),
        ("smile_change", "needs a detector: metrics.detector"),
        ("tl_id", "undefined, or not among metrics.names"),
    ],
)
def test_why_a_column_is_absent(name, reason):
    assert words.why_absent([name], []) == {reason: [words.title_of(name)]}


def test_what_is_shown_or_unknown_is_not_absent():
    assert words.why_absent(["tl_id", "of_my_own"], ["tl_id"]) == {}
