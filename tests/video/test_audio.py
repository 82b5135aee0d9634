"""The sound of the source goes over packet for packet, cut and shifted as the clip is."""

from dataclasses import replace
from fractions import Fraction

import av
import numpy as np
import pytest

from stitch_exp.types import Clip
from stitch_exp.video import FileVideo
from stitch_exp.video.audio import Span, frame_durations, sound_of, span_of


class Frames(list):
    """A list is a frame source."""


def clip_of(pts, time_base=Fraction(1, 25), fps=Fraction(25), **more):
    frames = Frames([np.zeros((2, 2, 3), np.uint8)] * len(pts))
    return Clip("c", frames, 2, 2, fps, np.array(pts), time_base, **more)


def read(path, start=0, frames=None):
    return FileVideo(path=str(path), start=start, frames=frames)()


@pytest.mark.parametrize(
    ("begin", "end", "held"),
    [
        (None, None, [True, True, True, True]),
        (Fraction(1), None, [False, True, True, True]),
        (None, Fraction(2), [True, True, False, False]),
        (Fraction(1), Fraction(2), [False, True, False, False]),
    ],
)
def test_a_span_holds_its_beginning_and_not_its_end(begin, end, held):
    span = Span(begin, end, Fraction(0))
    assert [span.holds(Fraction(second)) for second in range(4)] == held


@pytest.mark.parametrize(
    ("pts", "last", "durations"),
    [
        ([0, 1, 2], None, [1, 1, 1]),
        ([0, 3, 4], None, [3, 1, 1]),
        ([0, 3, 4], 7, [3, 1, 7]),
        ([5], None, [1]),
        ([5], 9, [9]),
    ],
)
def test_the_last_frame_is_shown_as_long_as_it_says_or_as_the_one_before(pts, last, durations):
    assert frame_durations(clip_of(pts, last_duration=last)).tolist() == durations


def test_one_frame_of_a_fine_clock_lasts_one_of_its_rate():
    assert frame_durations(clip_of([0], Fraction(1, 90000), Fraction(30000, 1001))).tolist() == [3003]
    assert frame_durations(clip_of([0], Fraction(1), Fraction(25))).tolist() == [1]


def test_a_whole_file_keeps_its_times_and_all_of_its_sound(make):
    path = make("a.mp4", audio="aac")
    assert span_of(read(path), path) == Span(None, None, Fraction(0))


def test_a_stretch_is_cut_at_both_ends_and_starts_at_zero(make):
    path = make("a.mp4", audio="aac")
    assert span_of(read(path, 3, 5), path) == Span(Fraction(3, 25), Fraction(8, 25), Fraction(3, 25))
    assert span_of(read(path, 0, 5), path) == Span(None, Fraction(5, 25), Fraction(0))
    assert span_of(read(path, 3), path) == Span(Fraction(3, 25), None, Fraction(3, 25))


def test_a_transport_stream_is_shifted_by_where_its_clock_starts(make):
    path = make("a.ts", audio="mp2")
    with av.open(str(path)) as container:
        start = Fraction(container.start_time, 1_000_000)
    assert start > 0 and span_of(read(path), path) == Span(None, None, start)


@pytest.mark.parametrize("clip", [None, clip_of([0, 1])])
def test_a_clip_without_a_file_is_silent(clip, tmp_path):
    with sound_of(clip) as sound, av.open(str(tmp_path / "out.mp4"), "w") as out:
        assert sound.streams == [] and sound.left_out_of(out) == [] and list(sound.copied_into(out)) == []


def test_a_film_without_sound_is_silent(make):
    with sound_of(read(make("a.mp4"))) as sound:
        assert sound.streams == []


def copied(clip, path):
    """Bytes and times in s of what is copied of a clip's sound, and of all there is."""
    with sound_of(clip) as sound, av.open(str(path), "w") as out:
        packets = [(float(time), bytes(packet)) for time, packet in sound.copied_into(out)]
    with av.open(str(clip.origin)) as container:
        stream = container.streams.audio[0]
        every = [
            (float(packet.pts * packet.time_base), bytes(packet)) for packet in container.demux(stream) if packet.size
        ]
    return packets, every


def test_packets_are_the_source_s_own_bytes(make, tmp_path):
    packets, every = copied(read(make("a.mkv", audio="libopus")), tmp_path / "out.mkv")
    assert [content for _, content in packets] == [content for _, content in every]


def test_a_stretch_has_the_packets_that_start_inside_it(make, tmp_path):
    clip = read(make("a.mkv", pts=range(30), audio="libopus"), 10, 10)
    packets, every = copied(clip, tmp_path / "out.mkv")
    wanted = [(time - 0.4, content) for time, content in every if 0.4 <= time < 0.8]
    assert len(packets) == len(wanted) > 10
    assert [content for _, content in packets] == [content for _, content in wanted]
    np.testing.assert_allclose([time for time, _ in packets], [time for time, _ in wanted], atol=1e-3)


def test_what_a_container_cannot_hold_is_named_and_left_out(make, tmp_path):
    with sound_of(read(make("a.mkv", audio="tta"))) as sound, av.open(str(tmp_path / "out.mp4"), "w") as out:
        assert sound.left_out_of(out) == ["tta"] and list(sound.copied_into(out)) == []


def test_a_source_that_is_gone_is_an_error_and_not_silence(make, tmp_path):
    from stitch_exp.errors import VideoError

    clip = read(make("a.mp4", audio="aac"))
    with pytest.raises(VideoError, match="there is no file"), sound_of(replace(clip, origin=tmp_path / "gone.mp4")):
        pass
