"""Opening what is a video, and naming what is not."""

import os
import socket

import av
import pytest
from made_clips import write

from stitch_exp.errors import VideoError
from stitch_exp.video import FileVideo, limits
from stitch_exp.video.decode import decoded, open_video, packets


def read(path, start=0, frames=None):
    return FileVideo(path=str(path), start=start, frames=frames)()


@pytest.mark.parametrize("kind", ["a pipe", "a socket", "a device"])
def test_not_a_file(tmp_path, kind):
    path = tmp_path / "x.mp4"
    if kind == "a pipe":
        os.mkfifo(path)
    elif kind == "a socket":
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(str(path))
    else:
        path = "/dev/zero"
    with pytest.raises(VideoError, match=f"is {kind}.* save it to a file first"):
        read(path)


def test_a_link_to_itself(tmp_path):
    (tmp_path / "x.mp4").symlink_to(tmp_path / "x.mp4")
    with pytest.raises(VideoError, match="there is no file"):
        read(tmp_path / "x.mp4")


def test_notes_of_macos_are_not_a_video(tmp_path):
    (tmp_path / "._a.mp4").write_bytes(b"\x00\x05\x16\x07" + bytes(60))
    with pytest.raises(VideoError, match="AppleDouble"):
        read(tmp_path / "._a.mp4")


def test_a_colon_in_a_name(make, tmp_path):
    path = make("a.mp4").rename(tmp_path / "http:take 1.mp4")
    assert len(read(path).frames) == 12


def test_a_video_too_wide_to_be_written_is_refused_at_once(tmp_path):
    path = write(tmp_path / "wide.mkv", size=(limits.LARGEST_SIDE_PX + 2, 16), codec="mjpeg", pixel_format="yuvj420p")
    with pytest.raises(VideoError, match=r"'wide.mkv' is 16386 x 16 px; at most 16384 px a side"):
        read(path)


def test_missing_file(tmp_path):
    with pytest.raises(VideoError, match=r"there is no file .*nothing.mp4'; check video.path"):
        read(tmp_path / "nothing.mp4")


def test_folder_instead_of_file(tmp_path):
    with pytest.raises(VideoError, match="use video=frames"):
        read(tmp_path)


def test_zero_bytes(tmp_path):
    (tmp_path / "empty.mp4").touch()
    with pytest.raises(VideoError, match=r"'empty.mp4' is empty \(0 bytes\)"):
        read(tmp_path / "empty.mp4")


def test_not_a_video(tmp_path):
    (tmp_path / "notes.mp4").write_text("not a video at all\n" * 100)
    with pytest.raises(VideoError, match=r"'notes.mp4' is not a video"):
        read(tmp_path / "notes.mp4")


def test_audio_only(make, tmp_path):
    from made_clips import sound

    with av.open(str(tmp_path / "sound.m4a"), "w", format="mp4") as container:
        for packet in sound(container, "aac", 0.3)():
            container.mux(packet)
    with pytest.raises(VideoError, match=r"'sound.m4a' has no video stream, only audio"):
        read(tmp_path / "sound.m4a")


def test_a_codec_that_cannot_be_read(make):
    path = make("a.mp4")
    path.write_bytes(path.read_bytes().replace(b"avc1", b"zzzz"))
    with pytest.raises(VideoError, match=r"pictures of 'a.mp4' are in a code .*convert the file"):
        read(path)


def test_of_two_streams_the_first_real_one_counts_and_cover_art_is_none(make, tmp_path):
    source = make("a.mp4", audio="aac")
    path = tmp_path / "song.mkv"
    with av.open(str(source)) as film, av.open(str(path), "w") as out:
        sound = out.add_stream_from_template(film.streams.audio[0])
        for packet in film.demux(film.streams.audio[0]):
            if packet.size:
                packet.stream = sound
                out.mux(packet)
    with pytest.raises(VideoError, match=r"'song\.mkv' has no video stream, only audio; check video\.path"):
        read(path)


def test_packets_are_given_of_the_wanted_streams_only(make):
    with open_video(make("a.mp4", audio="aac")) as (container, stream):
        found = list(packets(container, stream))
    assert len(found) == 12 and {packet.stream.index for packet in found} == {stream.index}


def test_a_frame_that_does_not_decode_is_skipped_and_the_rest_is_given(make):
    path = make("a.avi", codec="mjpeg", pixel_format="yuvj420p")
    with open_video(path) as (container, stream):
        sizes = [(packet.pos, packet.size) for packet in packets(container, stream)]
    content = bytearray(path.read_bytes())
    position, size = sizes[5]
    content[position + 8 : position + size] = bytes(size - 8)
    path.write_bytes(bytes(content))
    with open_video(path) as (container, stream):
        assert len(list(decoded(container, stream))) == 11


@pytest.mark.parametrize(
    "name", ["caf\u00e9 \u4eba.mp4", "a b'c\"d.mp4", "%d.mp4", "-i.mp4", "concat:x|y.mp4", "[1]#?.mp4"]
)
def test_a_name_is_never_a_pattern_or_a_protocol(make, name):
    with open_video(make("a.mp4").rename(make("b.mp4").with_name(name))) as (container, stream):
        assert (stream.width, len(list(decoded(container, stream)))) == (64, 12)
