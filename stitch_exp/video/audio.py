"""Carry the sound of the source over to the result, packet for packet, without decoding it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from stitch_exp.types import Clip
from stitch_exp.video.decode import RESTARTING_CLOCK, open_video, packets


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


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """Audio streams of an open file and the stretch wanted of them."""

    container: InputContainer | None
    streams: list[AudioStream]
    span: Span

    def left_out_of(self, out: OutputContainer) -> list[str]:
        """Names of the codecs that this kind of output cannot carry."""
        return [stream.codec_context.name for stream in self.streams if not _can_hold(out, stream)]

    def copied_into(self, out: OutputContainer) -> Iterator[tuple[Fraction, Packet]]:
        """Add a stream for each that `out` can carry, and give their packets, re-addressed, with their time in s.

        The streams are added at once, so that this can be called before the output's header is written.
        """
        copies = {stream: out.add_stream_from_template(stream) for stream in self.streams if _can_hold(out, stream)}
        return self._packets(copies) if copies else iter(())

    def _packets(self, copies: dict[AudioStream, AudioStream]) -> Iterator[tuple[Fraction, Packet]]:
        assert self.container is not None
        reached: dict[AudioStream, int] = {}
        for packet in packets(self.container, *copies):
            start = _start(packet)
            if start is None or not self.span.holds(start * packet.time_base):
                continue
            offset = round(self.span.shift / packet.time_base)
            packet.pts, packet.dts = start - offset, (start if packet.dts is None else packet.dts) - offset
            if packet.dts <= reached.get(packet.stream, packet.dts - 1):
                continue  # no container takes a packet that steps back in time
            reached[packet.stream] = packet.dts
            packet.stream = copies[packet.stream]
            yield packet.dts * packet.time_base, packet


@contextmanager
def sound_of(clip: Clip | None) -> Iterator[Sound]:
    """The audio of the file a clip comes from, cut and shifted as the clip is; none for a silent source."""
    if clip is None or clip.origin is None:
        yield Sound(None, [], Span(None, None, Fraction(0)))
        return
    span = span_of(clip, clip.origin)
    with open_video(clip.origin) as (container, _):
        streams = [stream for stream in container.streams.audio if stream.codec_context]
        yield Sound(container, streams, span)


def span_of(clip: Clip, origin: Path) -> Span:
    """Which part of its source file `origin` a clip covers.

    A clip that starts with the file's first frame keeps its times and all sound before it; one that starts later is
    shifted to start at 0. Transport streams, whose clock starts anywhere, are shifted to start at 0 as well.
    """
    begin = int(clip.pts[0]) * clip.time_base
    end = (int(clip.pts[-1]) + int(frame_durations(clip)[-1])) * clip.time_base
    with open_video(origin) as (container, stream):
        first, last = _file_bounds(container, stream)
        restarts = container.format.flags & RESTARTING_CLOCK
        clock_start = Fraction(container.start_time or 0, 1_000_000)
    trimmed = begin > first
    shift = begin if trimmed else clock_start if restarts else Fraction(0)
    return Span(begin if trimmed else None, end if end <= last else None, shift)


def frame_durations(clip: Clip) -> np.ndarray:
    """How long each frame is shown, in `time_base` units; the last, if unknown, as long as the one before it."""
    steps = np.diff(clip.pts)
    usual = int(steps[-1]) if len(steps) else max(1, round(1 / (clip.fps * clip.time_base)))
    return np.append(steps, clip.last_duration or usual).astype(np.int64)


def _can_hold(out: OutputContainer, stream: AudioStream) -> bool:
    return stream.codec_context.codec.canonical_name in out.supported_codecs


def _file_bounds(container: InputContainer, stream: VideoStream) -> tuple[Fraction, Fraction]:
    times = [
        start * packet.time_base
        for packet in packets(container, stream)
        if not packet.is_discard and (start := _start(packet)) is not None
    ]
    return min(times, default=Fraction(0)), max(times, default=Fraction(0))


def _start(packet: Packet) -> int | None:
    return packet.dts if packet.pts is None else packet.pts
