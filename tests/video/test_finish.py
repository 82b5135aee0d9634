"""Videos appear under their name only when they are complete."""

import errno
import os

import av
import pytest

from stitch_exp.errors import StorageError, VideoError
from stitch_exp.video.finish import complete_or_nothing


def test_what_was_written_has_its_name_and_only_in_the_end(tmp_path):
    path = tmp_path / "new" / "a.mp4"
    with complete_or_nothing(path) as unfinished:
        assert unfinished.is_file()  # before the first packet, which comes many frames later
        unfinished.write_bytes(b"film")
        assert not path.exists() and unfinished.parent == path.parent and unfinished.suffix == ".mp4"
    assert path.read_bytes() == b"film" and [one.name for one in path.parent.iterdir()] == ["a.mp4"]


def test_a_folder_that_cannot_be_written_is_told_before_any_work(tmp_path):
    (tmp_path / "file").touch()
    with (
        pytest.raises(StorageError, match=r"cannot write '.*a\.mp4'"),
        complete_or_nothing(tmp_path / "file" / "a.mp4"),
    ):
        raise AssertionError("frames were made")


DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO)


@pytest.mark.parametrize("number", DISK)
@pytest.mark.parametrize("kind", [OSError, lambda number, text: av.FFmpegError(number, text)])
def test_troubles_of_the_disk_name_the_path_the_reason_and_a_way_out(tmp_path, number, kind):
    path = tmp_path / "a.mp4"
    with pytest.raises(StorageError) as caught, complete_or_nothing(path) as unfinished:
        unfinished.write_bytes(b"half a film")
        raise kind(number, os.strerror(number))
    text = str(caught.value)
    assert f"cannot write '{path}' ({os.strerror(number)})" in text and "another output folder" in text
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("error", [av.InvalidDataError(1094995529, "odd sizes"), OSError("odd sizes")])
def test_troubles_of_the_encoder_are_not_those_of_the_disk(tmp_path, error):
    path = tmp_path / "a.mp4"
    with pytest.raises(VideoError, match=r"cannot encode 'a.mp4' \(odd sizes\)"), complete_or_nothing(path):
        raise error
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("ours"), VideoError("frame 7")])
def test_other_errors_pass_as_they_are_and_leave_an_older_video_whole(tmp_path, error):
    path = tmp_path / "a.mp4"
    path.write_bytes(b"older")
    with pytest.raises(type(error)) as caught, complete_or_nothing(path) as unfinished:
        unfinished.write_bytes(b"half")
        raise error
    assert caught.value is error and path.read_bytes() == b"older" and len(list(tmp_path.iterdir())) == 1
