"""The page of `stitch-exp-ui`: a clip, a slider on one frame, a video, and the runs there are."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from stitch_exp.api.session import Session
from stitch_exp.config import schema
from stitch_exp.config.help_page import meaning
from stitch_exp.errors import ConfigError, StitchError
from stitch_exp.report.finished import FinishedRun
from stitch_exp.report.status import read_status

REACH = 5.0
"""The slider goes to so many standard deviations in both directions."""
SHOWN_RUNS = 30
RUN_COLUMNS = ["run", "clip and edit", "frames", "seconds"]
RUN_WIDTHS = ["35%", "41%", "12%", "12%"]


def page(settings: list[str], outputs: Path) -> gr.Blocks:
    """The page, ready to be launched.

    Args:
        settings: Overrides of `run.py` that hold for everything on the page.
        outputs: The folder whose finished runs are listed.
    """
    with gr.Blocks(title="stitch-exp", analytics_enabled=False) as blocks:
        gr.Markdown("# stitch-exp\nEdit the face in a video. Get the consent of whoever is in it.")
        session = gr.State(None)
        with gr.Row():
            with gr.Column(min_width=300):
                upload = gr.Video(label="Clip (empty: the sample)", sources=["upload"], height=240)
                limit = gr.Number(60, label="Frames (0: all)", precision=0, minimum=0)
                prepare = gr.Button("Prepare", variant="primary", elem_id="prepare")
                said = gr.Markdown("Prepare a clip first: its face is found, inverted and tuned once.", elem_id="said")
            with gr.Column(scale=2, min_width=320):
                picture = gr.ImageSlider(label="Before | after", elem_id="picture", interactive=False)
                with gr.Row():
                    edit = gr.Dropdown([], label="Edit", elem_id="edit", min_width=140)
                    strength = gr.Slider(-REACH, REACH, 0, step=0.25, label="Strength", elem_id="strength")
                with gr.Row():
                    frame = gr.Slider(0, 1, 0, step=1, label="Frame", elem_id="frame")
                    zoom = gr.Checkbox(True, label="Zoom on the face", elem_id="zoom", min_width=120)
                render = gr.Button("Render", elem_id="render", interactive=False)
        video = gr.Video(
            label="Source | result", elem_id="video", interactive=False, autoplay=True, loop=True, visible=False
        )
        runs = gr.Dataframe(
            _runs(outputs), headers=RUN_COLUMNS, column_widths=RUN_WIDTHS, label="Finished runs: choose one to play it",
            elem_id="runs", interactive=False, wrap=True,
        )  # fmt: skip

        work: dict[str, Any] = {"concurrency_limit": 1, "concurrency_id": "work"}
        choice = [session, edit, strength, frame, zoom]
        prepare.click(
            _answered(_preparation(settings)),
            [upload, limit],
            [session, edit, strength, frame, said, render],
            show_progress_on=picture,
            **work,
        ).success(_answered(_show), choice, picture, **work)
        edit.input(_strength, [session, edit], strength).then(_answered(_show), choice, picture, **work)
        for control, event in ((strength, "release"), (strength, "submit"), (frame, "release"), (zoom, "input")):
            getattr(control, event if hasattr(control, event) else "change")(
                _answered(_show), choice, picture, trigger_mode="always_last", **work
            )
        render.click(lambda: gr.Video(visible=True), None, video).then(
            _answered(_rendering(outputs)), [session, edit, strength], [video, runs], show_progress_on=video, **work
        )
        runs.select(_chosen(outputs), None, video)
        blocks.load(lambda: _runs(outputs), None, runs)
    return blocks


def _answered(work: Callable[..., Any]) -> Callable[..., Any]:
    """Errors that a user can mend appear on the page as their own sentence."""

    @wraps(work)
    def guarded(*arguments: Any, **named: Any) -> Any:
        try:
            return work(*arguments, **named)
        except StitchError as error:
            raise gr.Error(str(error), duration=None, print_exception=False) from error

    return guarded


def _preparation(settings: list[str]) -> Callable[..., list[Any]]:
    def prepare(path: str | None, count: float, progress: gr.Progress = gr.Progress()) -> list[Any]:
        progress(0, desc="loading the networks")
        made = Session(path, frames=int(count or 0) or None, settings=settings, listener=_left(progress), quiet=True)
        edits, numbers = made.edits(), made.frame_numbers
        if not edits:
            raise ConfigError("this model has no directions to edit along: model.directions names none")
        first = "age" if "age" in edits else edits[0]
        found = f"a face in {len(numbers)} of {made.clip_frames} frames"
        return [
            made,
            gr.Dropdown(edits, value=first),
            _strength(made, first),
            gr.Slider(0, made.clip_frames - 1, numbers[len(numbers) // 2]),
            f"{'The sample' if path is None else 'The clip'}: {found}. Move the sliders, then render.",
            gr.Button(interactive=True),
        ]

    return prepare


def _strength(session: Session, edit: str) -> gr.Slider:
    """The slider at the edit's own strength, with what its ends mean."""
    return gr.Slider(value=session.strength(edit), info=meaning(schema.config_folder() / "edit" / f"{edit}.yaml"))


def _show(
    session: Session | None, edit: str, strength: float | int, frame: float | int, zoom: bool
) -> tuple[np.ndarray, np.ndarray] | None:
    if session is None:
        return None
    number = int(frame)
    before, after = session.source(number), session.frame(edit, strength, frame=number)
    if zoom and number in session.frame_numbers:
        left, top, right, bottom = session.face_box(number)
        before, after = (picture[top:bottom, left:right] for picture in (before, after))
    return before, after


def _rendering(outputs: Path) -> Callable[..., tuple[str, Any]]:
    def render(session: Session, edit: str, strength: float, progress: gr.Progress = gr.Progress()) -> tuple[str, Any]:
        progress(0, desc="loading the networks")
        result = session.render(edit, strength, listener=_left(progress))
        return str(result.comparison or result.video), _runs(outputs)

    return render


def _left(progress: Callable[..., Any]) -> Callable[[str, int, int | None], None]:
    """A listener that moves the page's bar and says how long the task will still take."""
    started: dict[str, float] = {}

    def hear(what: str, done: int, total: int | None) -> None:
        spent = time.monotonic() - started.setdefault(what, time.monotonic())
        if not total:
            progress((done, None), desc=what)
            return
        left = f", about {spent / done * (total - done):.0f} s left" if done else ""
        progress((done, total), desc=what + left)

    return hear


def _finished(outputs: Path) -> list[FinishedRun]:
    """Complete runs below a folder, newest first."""
    runs = [FinishedRun(path.parent, read_status(path.parent), ()) for path in outputs.glob("*/*/status.json")]
    whole = [run for run in runs if run.status.get("status") == "complete" and (run.folder / "edited.mp4").is_file()]
    return sorted(whole, key=lambda run: run.folder.name, reverse=True)[:SHOWN_RUNS]


def _runs(outputs: Path) -> list[list[Any]]:
    return [
        [
            str(run.folder.relative_to(outputs)),
            " ".join([run.clip_name, *(f"{edit} {strength:+g}" for edit, strength in run.edits.items())]),
            run.status.get("frames", ""),
            round(sum(run.status.get("seconds", {}).values())),
        ]
        for run in _finished(outputs)
    ]


def _chosen(outputs: Path) -> Callable[[gr.SelectData], gr.Video]:
    def chosen(event: gr.SelectData) -> gr.Video:
        folder = outputs / str(event.row_value[0])
        shown = folder / "comparison.mp4"
        return gr.Video(str(shown if shown.is_file() else folder / "edited.mp4"), visible=True)

    return chosen
