"""Line charts as inline SVG."""

from xml.etree import ElementTree

import numpy as np
import pytest

from stitch_exp.report import chart


def test_charts_are_well_formed_and_break_at_gaps():
    curve = np.array([1.0, 2.0, np.nan, 3.0, 4.0])
    drawn = ElementTree.fromstring(chart.line_chart({"a < b": curve}, reference=1.0, marks=[2]))
    path = next(node for node in drawn.iter() if node.tag == "path").get("d")
    assert path.count("M") == 2 and len(list(drawn.iter("rect"))) == 1


@pytest.mark.parametrize("curve", [[], [1.0], [np.nan, np.nan]])
def test_nothing_to_draw_draws_nothing(curve):
    assert chart.line_chart({"a": np.array(curve)}) == ""


@pytest.mark.parametrize("curve", [[2.0, 2.0], [0.0, 0.0], [1e-7, 2e-7], [1e6, 3e6]])
def test_any_range_can_be_drawn(curve):
    assert chart.line_chart({"a": np.array(curve)}).startswith("<svg")
