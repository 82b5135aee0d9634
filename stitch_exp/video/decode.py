"""Open a file and get every frame out of it that can be got."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition, Stream
from av.video.stream import VideoStream

from stitch_exp.errors import VideoError
from stitch_exp.video.clock import Clock
from stitch_exp.video.limits import MOST_PIXELS, check_size
from stitch_exp.video.opening import open_media
from stitch_exp.video.regular import check_regular

RESTARTING_CLOCK = 0x0200
"""FFmpeg's AVFMT_TS_DISCONT: formats like transport streams, whose clock starts anywhere and may start anew."""


@contextmanager
def open_video(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    """The container and its first real video stream (cover art of audio files is not one).

    Raises:
        VideoError: the file is missing, empty, not readable, not a video, or has no video stream.
    """
    check_regular(path)
    try:
        # Without the protocol, FFmpeg takes what stands before a colon in a name for one.
        container = open_media(f"file:{path}", metadata_errors="replace")
    except (av.FFmpegError, OSError) as error:
        raise VideoError(
            f"'{path.name}' is not a video that can be read ({_reason(error)}); check video.path, or convert the file"
        ) from error
    with container:
        yield container, _video_stream(container, path)


def packets(container: InputContainer, *streams: Stream) -> Iterator[Packet]:
    """Packets of the streams up to the end, or up to where a damaged file ends.

    Transport and program streams whose clock starts anew in the middle get one that goes on (see `Clock`); theirs are
    to be read from the beginning of the file.
    """
    wanted = {stream.index for stream in streams}
    clock = Clock() if container.format.flags & RESTARTING_CLOCK else None
    # All streams tell where the clock starts anew, whichever are wanted.
    read = [*container.streams.video, *container.streams.audio] if clock else list(streams)
    with suppress(av.FFmpegError):
        for packet in container.demux(read):
            if not packet.size:
                continue
            if clock:
                clock.follow(packet)
            if packet.stream.index in wanted:
                yield packet


def decoded(container: InputContainer, stream: VideoStream) -> Iterator[av.VideoFrame]:
    """Frames in presentation order; what does not decode is skipped."""
    for packet in packets(container, stream):
        yield from _frames(stream, packet)
    yield from _frames(stream, None)


def _frames(stream: VideoStream, packet: Packet | None) -> list[av.VideoFrame]:
    try:
        return stream.decode(packet)
    except av.FFmpegError:
        return []


def _video_stream(container: InputContainer, path: Path) -> VideoStream:
    pictures = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if not pictures:
        kinds = ", ".join(sorted({s.type for s in container.streams})) or "nothing"
        raise VideoError(f"'{path.name}' has no video stream, only {kinds}; check video.path")
    streams = [s for s in pictures if s.codec_context]
    if not streams:
        raise VideoError(f"the pictures of '{path.name}' are in a code that FFmpeg here cannot read; convert the file")
    stream = streams[0]
    check_size(path.name, stream.codec_context.width, stream.codec_context.height)
    stream.codec_context.options = {"max_pixels": str(MOST_PIXELS)}  # a damaged frame may announce any size
    stream.thread_type = "AUTO"
    return stream


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
