"""A picture of each finished run, for the page of a benchmark and the strip at the end of a sweep."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageDraw

from stitch_exp.errors import DataError
from stitch_exp.report.pictures import data_uri, edited_clip, face_box
from stitch_exp.report.records import read_frames
from stitch_exp.report.table import Entry

MOST = 24
"""Runs that are shown; tables have all."""
TILE_PX, CAPTION_PX = 200, 22


@dataclass(frozen=True, slots=True)
class Shown:
    """One run on a page."""

    title: str
    picture: str
    """As a data URI."""
    link: str
    """To its report, as seen from the page."""


def gallery(runs: Sequence[tuple[Entry, Path]], page: Path) -> list[Shown]:
    """The middle frame of each run, close to the face.

    Args:
        runs: What was measured, and its run folder.
        page: The folder the page lies in.
    """
    found = []
    for entry, folder in runs[:MOST]:
        picture = middle(folder)
        if picture is not None:
            report = folder / "report.html"
            link = Path(os.path.relpath(report, page)).as_posix() if report.is_file() else ""
            found.append(Shown(entry.method, data_uri(picture, 240), link))
    return found


def strip(runs: Sequence[tuple[Entry, Path]], path: Path) -> Path | None:
    """One picture of all runs, side by side with their names; None when no run has a video.

    Args:
        runs: What was measured, and its run folder.
        path: The JPEG to write.
    """
    known = [(entry.method, middle(folder)) for entry, folder in runs[:MOST]]
    tiles = [(name, picture) for name, picture in known if picture is not None]
    if not tiles:
        return None
    columns = min(6, len(tiles))
    rows = -(-len(tiles) // columns)
    sheet = Image.new("RGB", (columns * TILE_PX, rows * (TILE_PX + CAPTION_PX)), "white")
    pen = ImageDraw.Draw(sheet)
    for place, (name, picture) in enumerate(tiles):
        x, y = place % columns * TILE_PX, place // columns * (TILE_PX + CAPTION_PX)
        image = Image.fromarray(picture)
        image.thumbnail((TILE_PX, TILE_PX), Image.Resampling.LANCZOS)
        sheet.paste(image, (x, y))
        pen.text((x + 4, y + TILE_PX + 4), name[-32:], fill="black")
    sheet.save(path, quality=88)
    return path


def middle(folder: Path) -> UInt8[np.ndarray, "H W 3"] | None:
    """The middle frame of a run's edited video, close to the face where it is known."""
    clip = edited_clip(folder)
    if clip is None:
        return None
    frame = len(clip.frames) // 2
    picture = clip.frames[frame]
    box = face_box(_curves(folder), frame, picture.shape[:2])
    return picture if box is None else picture[box[1] : box[3], box[0] : box[2]]


def _curves(folder: Path) -> dict[str, np.ndarray]:
    try:
        return read_frames(folder)[0]
    except DataError:
        return {}  # the picture is worth more than its frame
