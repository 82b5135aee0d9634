"""Line charts as inline SVG."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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


def lines_of(svg, kind):
    return [node for node in ElementTree.fromstring(svg).iter() if node.tag == kind]


def points(path):
    return [tuple(map(float, point.split())) for point in re.findall(r"[ML]([\d.]+ [\d.]+)", path.get("d"))]


def test_a_curve_fills_the_picture_from_edge_to_edge():
    svg = chart.line_chart({"a": np.array([0.0, 1.0, 0.5])})
    (first, second, third) = points(lines_of(svg, "path")[0])
    room = chart.HEIGHT - chart.TOP - chart.BOTTOM
    assert (first[0], third[0]) == (chart.LEFT, chart.WIDTH - 8) and second[0] == pytest.approx((52 + 472) / 2)
    # 6 % of the span is left free above and below, so a step of 1 is 1/1.12 of the height.
    assert first[1] - second[1] == pytest.approx(room / 1.12, abs=0.1)
    assert third[1] == pytest.approx((first[1] + second[1]) / 2, abs=0.1)


def test_the_reference_is_inside_the_picture_even_when_no_value_is_near():
    svg = chart.line_chart({"a": np.array([5.0, 6.0])}, reference=1.0)
    (dashed,) = [line for line in lines_of(svg, "line") if line.get("stroke-dasharray")]
    assert chart.TOP < float(dashed.get("y1")) < chart.HEIGHT - chart.BOTTOM
    assert float(dashed.get("y1")) > max(y for _, y in points(lines_of(svg, "path")[0]))


@pytest.mark.parametrize(
    ("curve", "labels"),
    [
        ([0.0, 10.0], ["0", "5", "10"]),
        ([0.2, 0.8], ["0.2", "0.4", "0.6", "0.8"]),
        ([-1.0, 1.0], ["-1", "0", "1"]),
        ([1000.0, 1004.0], ["1000", "1002", "1004"]),
        ([0.0, 3e-5], ["0.00000", "0.00001", "0.00002", "0.00003"]),
    ],
)
def test_labels_are_round_numbers(curve, labels):
    texts = lines_of(chart.line_chart({"a": np.array(curve)}), "text")
    assert [text.text for text in texts if text.get("text-anchor") == "end"][: len(labels)] == labels


def test_a_value_alone_between_gaps_is_a_dot():
    curve = np.array([np.nan, 2.0, np.nan, 3.0, 4.0, np.nan, np.inf, 5.0])
    svg = chart.line_chart({"a": curve})
    dots = lines_of(svg, "circle")
    assert len(dots) == 2 and float(dots[1].get("cx")) == chart.WIDTH - 8
    assert lines_of(svg, "path")[0].get("d").count("M") == 3


def test_more_curves_than_colours_begin_again_and_all_are_drawn():
    curves = {f"{n}": np.array([0.0, n]) for n in range(8)}
    strokes = [path.get("stroke") for path in lines_of(chart.line_chart(curves), "path")]
    assert len(strokes) == 8 and strokes[6] == strokes[0] and len(set(strokes)) == 6


def test_names_are_text_and_never_markup():
    svg = chart.line_chart({'<script>&"': np.array([0.0, 1.0]), "b": np.array([1.0, 0.0])})
    assert [node.text for node in lines_of(svg, "title")] == ['<script>&", b']


def test_shaded_frames_are_one_frame_wide():
    rects = lines_of(chart.line_chart({"a": np.arange(5.0)}, marks=[0, 4]), "rect")
    step = (chart.WIDTH - chart.LEFT - 8) / 4
    assert [float(rect.get("x")) for rect in rects] == [chart.LEFT - step / 2, chart.WIDTH - 8 - step / 2]
    assert all(float(rect.get("width")) == step for rect in rects)


@settings(max_examples=60)
@given(st.lists(st.floats(-1e12, 1e12), min_size=2, max_size=12))
def test_every_point_lies_inside_the_picture(values):
    for x, y in points(lines_of(chart.line_chart({"a": np.array(values)}), "path")[0]):
        assert chart.LEFT <= x <= chart.WIDTH - 8 and chart.TOP <= y <= chart.HEIGHT - chart.BOTTOM
