"""Small plots of tables as inline SVG."""

import math
from xml.etree import ElementTree

import pytest

from stitch_exp.report.plots import HEIGHT, LEFT, SIDE, WIDTH, dot_plot, scatter_lines

NAN = math.nan


def nodes(svg, kind):
    return [node for node in ElementTree.fromstring(svg).iter() if node.tag == kind]


def test_a_dot_lies_on_its_interval_in_the_scale_of_all():
    svg = dot_plot([("a", 2.0, (1.0, 3.0)), ("b", 5.0, (NAN, NAN))])
    dots = [float(dot.get("cx")) for dot in nodes(svg, "circle")]
    (bar,) = nodes(svg, "line")
    # The scale goes from 1 - 0.24 to 5 + 0.24.
    scale = (WIDTH - LEFT - SIDE) / 4.48
    assert dots == pytest.approx([LEFT + 1.24 * scale, LEFT + 4.24 * scale], abs=0.1)
    ends = [float(bar.get(end)) for end in ("x1", "x2")]
    assert ends == pytest.approx([LEFT + 0.24 * scale, LEFT + 2.24 * scale], abs=0.1)


def test_the_reference_widens_the_scale():
    svg = dot_plot([("a", 2.0, (NAN, NAN))], reference=1.0)
    (dashed,) = nodes(svg, "line")
    assert LEFT < float(dashed.get("x1")) < float(nodes(svg, "circle")[0].get("cx")) < WIDTH


def test_nothing_to_plot_is_no_picture():
    assert dot_plot([]) == "" == scatter_lines({}) == scatter_lines({"a": ([], [])})
    assert dot_plot([("a", NAN, (NAN, NAN)), ("b", math.inf, (NAN, NAN))]) == ""


def test_what_has_no_mean_is_left_out_of_the_plot():
    svg = dot_plot([("a", NAN, (NAN, NAN)), ("b", 1.0, (NAN, NAN))])
    assert len(nodes(svg, "circle")) == 1
    assert nodes(svg, "text")[0].text == "b"


def test_long_names_keep_their_end_and_names_are_no_markup():
    texts = [node.text for node in nodes(dot_plot([("x" * 40 + "<b>&", 1.0, (NAN, NAN))]), "text")]
    assert texts[0] == "\u2026" + "x" * 21 + "<b>&"


def test_curves_rise_where_values_rise_and_the_mark_is_a_line():
    svg = scatter_lines({"full <1>": ([0.0, 1.0, 2.0], [0.5, 0.7, 0.9]), "none": ([1.0, 2.0], [0.4, 0.5])}, mark=1.0)
    first, second = nodes(svg, "polyline")
    places = [tuple(map(float, point.split(","))) for point in first.get("points").split()]
    assert [x for x, _ in places] == sorted(x for x, _ in places)
    assert [y for _, y in places] == sorted((y for _, y in places), reverse=True)
    assert all(0 < y < HEIGHT for _, y in places) and first.get("stroke") != second.get("stroke")
    (dashed,) = [line for line in nodes(svg, "line") if line.get("stroke-dasharray")]
    assert float(dashed.get("x1")) == pytest.approx(places[1][0], abs=0.1)
    assert {node.text for node in nodes(svg, "title")} == {"full <1>", "none"} and len(nodes(svg, "circle")) == 5


def test_one_point_alone_has_room_around_it():
    (dot,) = nodes(scatter_lines({"a": ([3.0], [0.0])}), "circle")
    assert 54 < float(dot.get("cx")) < WIDTH - 10 and 10 < float(dot.get("cy")) < HEIGHT - 34
