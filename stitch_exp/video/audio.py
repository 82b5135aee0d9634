"""Carry the sound of the source over to the result, packet for packet, without decoding it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from stitch_exp.types import Clip

_RESTARTING_CLOCK = 0x0200
"""FFmpeg's AVFMT_TS_DISCONT: a transport stream, whose clock starts anywhere."""


@dataclass(frozen=True, slots=True)
class Span:
    """The part of the source file's clock that a clip covers, in seconds."""

    begin: Fraction | None
    """Packets that start earlier are left out; None keeps all from the beginning."""
    end: Fraction | None
    """Packets that start at or after this are left out; None keeps all to the end."""
    shift: Fraction
    """Subtracted from every time, sound and pictures alike."""

    def holds(self, seconds: Fraction) -> bool:
        """Whether a packet starting at this time belongs to the clip."""
        return (self.begin is None or seconds >= self.begin) and (self.end is None or seconds < self.end)


def span_of(clip: Clip, container: InputContainer, stream: VideoStream) -> Span:
    """Which part of the clip's source file the clip covers.

    A clip that starts with the file's first frame keeps its times and all sound before it; one that starts later is
    shifted to start at 0. Transport streams, whose clock starts anywhere, are shifted to start at 0 as well.
    """
    begin, end = _bounds(clip)
    first, last = _file_bounds(container, stream)
    trimmed = first is not None and begin > first
    cut = last is not None and clip.pts[-1] * clip.time_base < last
    shift = begin if trimmed else Fraction(0)
    if not trimmed and container.format.flags & _RESTARTING_CLOCK and container.start_time:
        shift = Fraction(container.start_time, 1_000_000)
    return Span(begin if trimmed else None, end if cut else None, shift)


def frame_durations(clip: Clip) -> np.ndarray:
    """How long each frame is shown, in `time_base` units; the last as long as the one before it."""
    if len(clip.pts) == 1:
        return np.array([max(1, round(1 / (clip.fps * clip.time_base)))], dtype=np.int64)
    steps = np.diff(clip.pts)
    return np.append(steps, steps[-1])


def copied_packets(
    container: InputContainer, streams: dict[AudioStream, AudioStream], span: Span
) -> Iterator[tuple[Fraction, Packet]]:
    """Packets of the source's audio streams within the span, re-addressed to the output, with their new time in s.

    Args:
        container: The source file, at its beginning.
        streams: Output stream of each input stream.
        span: What to keep and how far to shift it.
    """
    for packet in container.demux(list(streams)):
        start = packet.pts if packet.pts is not None else packet.dts
        if start is None or not span.holds(start * packet.time_base):
            continue
        offset = round(span.shift / packet.time_base)
        packet.pts = start - offset
        packet.dts = packet.pts if packet.dts is None else packet.dts - offset
        packet.stream = streams[packet.stream]
        yield packet.dts * packet.time_base, packet


def holdable(streams: list[AudioStream], container: OutputContainer) -> list[AudioStream]:
    """The audio streams whose codec this kind of output can carry."""
    supported = container.supported_codecs
    return [s for s in streams if s.codec_context and s.codec_context.codec.canonical_name in supported]


def _bounds(clip: Clip) -> tuple[Fraction, Fraction]:
    end = int(clip.pts[-1]) + int(frame_durations(clip)[-1])
    return int(clip.pts[0]) * clip.time_base, end * clip.time_base


def _file_bounds(container: InputContainer, stream: VideoStream) -> tuple[Fraction | None, Fraction | None]:
    times = [
        packet.pts if packet.pts is not None else packet.dts
        for packet in container.demux(stream)
        if packet.size and not packet.is_discard
    ]
    known = [time for time in times if time is not None]
    if not known:
        return None, None
    return min(known) * stream.time_base, max(known) * stream.time_base
