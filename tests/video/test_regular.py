"""What a path leads to, before anybody waits for it."""

import os
from pathlib import Path

import pytest

from stitch_exp.errors import VideoError
from stitch_exp.video.regular import check_regular, is_system_litter


def said(path: Path) -> str:
    with pytest.raises(VideoError) as caught:
        check_regular(path)
    return str(caught.value)


def test_a_file_with_content_passes(tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"x")
    check_regular(tmp_path / "clip.mp4")


def test_what_cannot_be_a_clip_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "._clip.mp4").write_bytes(b"\x00\x05\x16\x07more")
    assert "there is no file" in said(tmp_path / "none.mp4")
    assert "is a folder" in said(tmp_path) and "video=frames" in said(tmp_path)
    assert "'empty.mp4' is empty (0 bytes)" in said(tmp_path / "empty.mp4")
    assert "AppleDouble" in said(tmp_path / "._clip.mp4")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no pipes with names")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    assert "is a pipe (FIFO), not a file" in said(tmp_path / "pipe.mp4")


@pytest.mark.parametrize(
    ("name", "content", "litter"),
    [
        (".DS_Store", b"x", True),
        ("a.png", b"\x00\x05\x16\x07", True),
        ("a.png", b"\x89PNG", False),
        ("a.png", b"", False),
    ],
)
def test_hidden_files_and_notes_of_macos_are_litter(tmp_path: Path, name: str, content: bytes, litter: bool) -> None:
    (tmp_path / name).write_bytes(content)
    assert is_system_litter(tmp_path / name) is litter
