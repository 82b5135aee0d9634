"""What is on the page of `stitch-exp-ui`: a clip, a slider on one frame, a video, and the runs there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

REACH = 5.0
"""The slider goes to so many standard deviations in both directions."""
RUN_COLUMNS = ["run", "clip and edit", "frames", "seconds"]
RUN_WIDTHS: list[str | int] = ["28%", "25%", "22%", "25%"]  # on a phone no heading breaks


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Parts:
    """The parts of the page that are used or changed."""

    session: gr.State
    upload: gr.Video
    limit: gr.Number
    prepare: gr.Button
    said: gr.Markdown
    picture: gr.ImageSlider
    edit: gr.Dropdown
    strength: gr.Slider
    frame: gr.Slider
    zoom: gr.Checkbox
    render: gr.Button
    video: gr.Video
    runs: gr.Dataframe


def layout(runs: list[list[Any]]) -> Parts:
    """Lay the parts out in the page that is open.

    Args:
        runs: Rows of the table of finished runs, with `RUN_COLUMNS`.
    """
    gr.Markdown("# stitch-exp\nEdit the face in a video. Get the consent of whoever is in it.")
    with gr.Row():
        with gr.Column(min_width=300):
            clip = _clip()
        with gr.Column(scale=2, min_width=320):
            choice = _choice()
    video = gr.Video(
        label="Source | result", elem_id="video", interactive=False, autoplay=True, loop=True, visible=False
    )
    table = gr.Dataframe(
        runs, headers=RUN_COLUMNS, column_widths=RUN_WIDTHS, label="Finished runs: choose one to play it",
        elem_id="runs", interactive=False, wrap=True,
    )  # fmt: skip
    return Parts(session=gr.State(None), video=video, runs=table, **clip, **choice)


def _clip() -> dict[str, Any]:
    """What is edited."""
    return {
        "upload": gr.Video(label="Clip (empty: the sample)", sources=["upload"], height=240),
        "limit": gr.Number(60, label="Frames (0: all)", precision=0, minimum=0),
        "prepare": gr.Button("Prepare", variant="primary", elem_id="prepare"),
        "said": gr.Markdown("Prepare a clip first: its face is found, inverted and tuned once.", elem_id="said"),
    }


def _choice() -> dict[str, Any]:
    """How it is edited, and how one frame looks."""
    picture = gr.ImageSlider(label="Before | after", elem_id="picture", interactive=False)
    with gr.Row():
        edit = gr.Dropdown([], label="Edit", elem_id="edit", min_width=140)
        strength = gr.Slider(-REACH, REACH, 0, step=0.25, label="Strength", elem_id="strength")
    with gr.Row():
        frame = gr.Slider(0, 1, 0, step=1, label="Frame", elem_id="frame")
        zoom = gr.Checkbox(True, label="Zoom on the face", elem_id="zoom", min_width=120)
    render = gr.Button("Render", elem_id="render", interactive=False)
    return {"picture": picture, "edit": edit, "strength": strength, "frame": frame, "zoom": zoom, "render": render}
