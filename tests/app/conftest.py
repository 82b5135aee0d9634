"""The made-up runs of `tests.small_run`."""

from tests.small_run import make_clip, make_frames, make_run, networks

__all__ = ["make_clip", "make_frames", "make_run", "networks"]
