"""Edit faces in real videos with GANs, as reproducible experiments.

From Python: `stitch_exp.edit("clip.mp4", edit="age", strength=2)` returns a `Result`; `stitch_exp.Session("clip.mp4")`
prepares a clip once for many edits. Both are loaded when they are first used.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

STAGES = ("aligner", "encoder", "tuning", "edit", "stitching", "composite", "metrics")
"""The stages of a run in order; the clip itself comes from `video`."""

_LATE = {
    "Result": "stitch_exp.api.door",
    "edit_clip": "stitch_exp.api.door",
    "Session": "stitch_exp.api.session",
}


def __getattr__(name: str) -> Any:
    if name == "edit":  # the package of the edit stage, which can be called
        return import_module("stitch_exp.edit")
    if name in _LATE:
        return getattr(import_module(_LATE[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
