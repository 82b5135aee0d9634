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


@contextmanager
def open_video(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    """The container and its first real video stream (cover art of audio files is not one).

    Raises:
        VideoError: the file is missing, empty, not readable, not a video, or has no video stream.
    """
    _check_file(path)
    try:
        container = av.open(str(path), metadata_errors="replace")
    except (av.FFmpegError, OSError) as error:
        raise VideoError(
            f"'{path.name}' is not a video that can be read ({_reason(error)}); check video.path, or convert the file"
        ) from error
    with container:
        yield container, _video_stream(container, path)


def packets(container: InputContainer, *streams: Stream) -> Iterator[Packet]:
    """Packets of the streams up to the end, or up to where a damaged file ends."""
    source = container.demux(list(streams))
    with suppress(av.FFmpegError):
        for packet in source:
            if packet.size:
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


def _check_file(path: Path) -> None:
    if not path.exists():
        raise VideoError(f"there is no file '{path}'; check video.path")
    if path.is_dir():
        raise VideoError(f"'{path}' is a folder, not a file; for a folder of images use video=frames")
    try:
        with path.open("rb") as file:
            first = file.read(1)
    except OSError as error:
        raise VideoError(f"'{path}' cannot be read ({error.strerror}); check its permissions") from error
    if not first:
        raise VideoError(f"'{path.name}' is empty (0 bytes); copy or download it again")


def _video_stream(container: InputContainer, path: Path) -> VideoStream:
    streams = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if not streams:
        kinds = ", ".join(sorted({s.type for s in container.streams})) or "nothing"
        raise VideoError(f"'{path.name}' has no video stream, only {kinds}; check video.path")
    streams[0].thread_type = "AUTO"
    return streams[0]


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
