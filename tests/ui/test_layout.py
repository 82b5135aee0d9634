"""What is on the page of `stitch-exp-ui`."""

from dataclasses import fields

import pytest

pytest.importorskip("gradio")

import gradio as gr

from stitch_exp.ui.layout import REACH, RUN_COLUMNS, RUN_WIDTHS, Parts, layout


@pytest.fixture(scope="module")
def built():
    with gr.Blocks() as blocks:
        parts = layout([["a", "clip: age +2", 3, 1.5]])
    return blocks, parts


def test_every_part_is_on_the_page_once(built):
    blocks, parts = built
    on_page = list(map(id, blocks.blocks.values()))
    found = [id(getattr(parts, field.name)) for field in fields(Parts)]
    assert len(set(found)) == len(found) and all(on_page.count(one) == 1 for one in found)


def test_the_parts_that_tests_and_styles_look_for_have_their_names(built):
    _, parts = built
    names = ("prepare", "said", "picture", "edit", "strength", "frame", "zoom", "render", "video", "runs")
    assert {name: getattr(parts, name).elem_id for name in names} == {name: name for name in names}


def test_nothing_can_be_rendered_before_a_clip_is_prepared(built):
    _, parts = built
    assert not parts.render.interactive and not parts.video.visible and parts.session.value is None
    assert "Prepare a clip first" in parts.said.value


def test_the_slider_reaches_as_far_in_both_directions_and_stands_at_no_edit(built):
    strength = built[1].strength
    assert (strength.minimum, strength.value, strength.maximum) == (-REACH, 0, REACH)
    steps = (strength.maximum - strength.minimum) / strength.step
    assert steps == int(steps) and (0 - strength.minimum) % strength.step == 0


def test_the_table_has_a_width_for_each_column_and_they_fill_it(built):
    table = built[1].runs
    assert table.headers == RUN_COLUMNS and len(RUN_WIDTHS) == len(RUN_COLUMNS)
    assert sum(int(str(width).rstrip("%")) for width in RUN_WIDTHS) == 100


def test_who_uses_the_page_is_reminded_of_consent(built):
    texts = [block.value for block in built[0].blocks.values() if isinstance(block, gr.Markdown)]
    assert any("consent" in text for text in texts)
