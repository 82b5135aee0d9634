"""The page of `stitch-exp-ui`: what its parts do when they are used."""

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
from stitch_exp.ui.layout import Parts, layout

SHOWN_RUNS = 30


def page(settings: list[str], outputs: Path) -> gr.Blocks:
    """The page, ready to be launched.

    Args:
        settings: Overrides of `run.py` that hold for everything on the page.
        outputs: The folder whose finished runs are listed.
    """
    with gr.Blocks(title="stitch-exp", analytics_enabled=False) as blocks:
        parts = layout(_runs(outputs))
        _wire(parts, settings, outputs)
        blocks.load(lambda: _runs(outputs), None, parts.runs)
    return blocks


def _wire(parts: Parts, settings: list[str], outputs: Path) -> None:
    """What happens when a part is used; work is done one piece at a time."""
    work: dict[str, Any] = {"concurrency_limit": 1, "concurrency_id": "work"}
    choice = [parts.session, parts.edit, parts.strength, parts.frame, parts.zoom]
    shown = (_answered(_show), choice, parts.picture)
    parts.prepare.click(
        _answered(_preparation(settings)),
        [parts.upload, parts.limit],
        [parts.session, parts.edit, parts.strength, parts.frame, parts.said, parts.render],
        show_progress_on=parts.picture,
        **work,
    ).success(*shown, **work)
    parts.edit.input(_strength, [parts.session, parts.edit], parts.strength).then(*shown, **work)
    for listen in (parts.strength.release, parts.strength.change, parts.frame.release, parts.zoom.input):
        listen(*shown, trigger_mode="always_last", **work)
    parts.render.click(lambda: gr.Video(visible=True), None, parts.video).then(
        _answered(_rendering(outputs)),
        [parts.session, parts.edit, parts.strength],
        [parts.video, parts.runs],
        show_progress_on=parts.video,
        **work,
    )
    parts.runs.select(_chosen(outputs), None, parts.video)


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
