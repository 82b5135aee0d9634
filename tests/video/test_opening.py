"""FFmpeg's messages stay out of Python, whatever other packages have asked for."""

import av.logging
import numpy as np
import pytest

from stitch_exp.video import FileVideo, write_video
from stitch_exp.video.opening import open_media


@pytest.fixture(autouse=True)
def talkative():
    """As torchvision 0.24 leaves PyAV: its callback wants Python's lock, which deadlocks with a decoder's end."""
    before = av.logging.get_level()
    av.logging.set_level(av.logging.ERROR)
    yield
    av.logging.set_level(before)


def test_reading_and_writing_silence_it(make, tmp_path):
    source = make("a.mp4")
    av.logging.set_level(av.logging.ERROR)
    clip = FileVideo(path=str(source), start=0, frames=None)()
    assert av.logging.get_level() is None and isinstance(clip.frames[0], np.ndarray)
    av.logging.set_level(av.logging.ERROR)
    write_video(clip, tmp_path / "out.mp4", crf=10, preset="ultrafast")
    assert av.logging.get_level() is None


def test_what_is_opened_is_what_was_asked_for(tmp_path):
    with open_media(str(tmp_path / "a.any"), "w", "matroska") as out:
        assert out.format.name == "matroska" and av.logging.get_level() is None
    with pytest.raises(FileNotFoundError):
        open_media(str(tmp_path / "b.mp4"), metadata_errors="replace")
