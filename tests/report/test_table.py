import numpy as np
import pytest

from stitch_exp.report.formats import as_markdown
from stitch_exp.report.table import Entry, build, summarise
from tests.made_results import ENTRIES, entry, result


def test_mean_and_standard_error_over_clips():
    (table,) = build(ENTRIES)
    cell = table.cell("full", table.columns[1])
    assert (cell.mean, cell.clips) == (3.0, 2)
    assert cell.error == pytest.approx(np.std([2.0, 4.0], ddof=1) / np.sqrt(2))
    assert np.isnan(summarise([5.0]).error) and np.isnan(summarise([]).mean)


def test_repeats_of_a_clip_do_not_count_twice():
    (table,) = build([*ENTRIES, entry("full", "a", 0.99, 4.0)])
    cell = table.cell("full", table.columns[1])
    assert (cell.mean, cell.clips) == (3.5, 2)


def test_closest_to_one_is_best_and_ties_of_all_are_not_marked():
    (table,) = build([entry("a", "x", 0.98, 1.0), entry("b", "x", 1.01, 1.0), entry("c", "x", 1.5, 1.0)])
    tl_id, seam = table.columns
    assert [table.is_best(m, tl_id) for m in "abc"] == [False, True, False]
    assert not any(table.is_best(m, seam) for m in "abc")


def test_networks_never_share_a_table():
    other = entry("full", "a", 0.5, 2.0, instrument="identity=facenet")
    first, second = build([*ENTRIES, other])
    assert (first.identity, second.identity) == ("identity=dlib", "identity=facenet")
    assert second.methods == ("full",) and second.cell("full", second.columns[0]).mean == 0.5
    assert first.cell("full", first.columns[0]).mean == pytest.approx(1.02)


def test_runs_measured_by_the_same_two_networks_share_a_table_with_columns_for_each():
    runs = [
        Entry(m, "a", tuple(result("tl_id", v, "one", f"identity={n} 0123; rule") for n, v in values.items()))
        for m, values in {"full": {"dlib": 0.99, "faceres": 0.9}, "none": {"dlib": 0.8, "faceres": 0.95}}.items()
    ]
    (table,) = build(runs)
    assert table.network == "dlib and faceres" and len(table.columns) == 2
    assert [table.is_best("full", column) for column in table.columns] == [True, False]
    text = as_markdown([table], [])
    assert "## Identity by dlib and faceres" in text and "TL-ID \u2192 1 [a] | TL-ID \u2192 1 [b]" in text
    assert "[a] identity=dlib 0123; rule" in text and "[b] identity=faceres 0123; rule" in text


def test_other_instruments_are_other_columns():
    mixed = [Entry("m", "a", (result("perceptual", 1.0, "lower", "x"), result("perceptual", 9.0, "lower", "y")))]
    (table,) = build(mixed)
    assert [column.instrument for column in table.columns] == ["x", "y"]


def test_undefined_values_leave_the_clip_out():
    (table,) = build([entry("full", "a", float("nan"), 2.0), entry("full", "b", 0.9, 2.0)])
    assert (table.cell("full", table.columns[0]).mean, table.cell("full", table.columns[0]).clips) == (0.9, 1)


def test_columns_are_chosen_and_ordered():
    (table,) = build(ENTRIES)
    assert [column.name for column in table.narrowed(["seam_error", "absent", "tl_id"]).columns] == [
        "seam_error",
        "tl_id",
    ]
