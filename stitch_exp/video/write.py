"""Write a clip as a finished file: H.264 in mp4, timing and colour tags of the source, its sound untouched."""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from fractions import Fraction
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from stitch_exp.errors import StorageError, VideoError
from stitch_exp.types import Clip
from stitch_exp.video import audio, colour
from stitch_exp.video.decode import open_video

log = logging.getLogger(__name__)

AI_EDITED = (
    "Faces in this video were edited with a generative model (stitch-exp). "
    "DigitalSourceType: http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
)
"""The `comment` tag of every written file."""

_NUM_THREADS = "4"  # x264's output depends on it, so it must not depend on the machine
_DISK_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO}


def write_video(clip: Clip, path: Path, *, crf: int = 16, preset: str = "medium") -> None:
    """Encode a clip, frame by frame, with the audio packets of the file it comes from.

    The result has the clip's number of frames, times, size and colour tags. Audio packets are copied, trimmed to the
    clip's stretch of its source. Clips that do not begin with their file's first frame are shifted to start at 0.
    Sizes that are odd cannot be stored with halved chroma, so they are written as 4:4:4, which some players refuse.
    If mp4 cannot hold the audio codec, the mp4 is silent and a twin with the same pictures and the sound is written
    beside it as `.mkv`. Files appear under their name only when complete.

    Args:
        clip: What to write.
        path: Where to; ends in `.mp4`. Missing folders are made.
        crf: x264's constant rate factor, 0 (lossless) to 51; 16 is hard to tell from the source.
        preset: x264's effort, `ultrafast` to `veryslow`.

    Raises:
        StorageError: The folder cannot be written or the disk is full; nothing is left behind.
        VideoError: The source can no longer be read, or the encoder refuses the clip.
    """
    options = {"crf": str(crf), "preset": preset, "threads": _NUM_THREADS}
    with ExitStack() as stack:
        source = stack.enter_context(open_video(clip.origin)) if clip.origin else None
        left_out = _write(clip, path, options, source)
    if left_out:
        twin = path.with_suffix(".mkv")
        log.warning("mp4 cannot hold %s audio: '%s' is silent, '%s' has the sound", left_out, path.name, twin.name)
        _write_twin(clip, path, twin)


@contextmanager
def complete_or_nothing(path: Path) -> Iterator[Path]:
    """A temporary path beside `path` that takes its name when the block ends well and vanishes when it does not.

    Raises:
        StorageError: in place of errors of the disk inside the block.
        VideoError: in place of FFmpeg's other errors.
    """
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        os.replace(temporary, path)
    except (OSError, av.FFmpegError) as error:
        raise _explained(error, path) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _explained(error: Exception, path: Path) -> StorageError | VideoError:
    reason = getattr(error, "strerror", None) or str(error)
    if abs(getattr(error, "errno", None) or 0) in _DISK_ERRORS:
        return StorageError(f"cannot write '{path}' ({reason}); free some space or choose another output folder")
    return VideoError(f"cannot encode '{path.name}' ({reason})")


def _write(clip: Clip, path: Path, options: dict[str, str], source: tuple | None) -> str:
    """Write the mp4; returns the name of an audio codec it cannot hold, or nothing."""
    muxing = {"movflags": "+faststart"}
    if clip.time_base.numerator == 1:
        muxing["video_track_timescale"] = str(clip.time_base.denominator)
    left_out = ""
    with complete_or_nothing(path) as temporary, av.open(str(temporary), "w", "mp4", container_options=muxing) as out:
        out.metadata["comment"] = AI_EDITED
        video = _video_stream(out, clip, options)
        sound, shift = iter(()), 0
        if source:
            container, stream = source
            span = audio.span_of(clip, container, stream)
            shift = round(span.shift / clip.time_base)
            kept = audio.holdable(list(container.streams.audio), out)
            left_out = ", ".join(s.codec_context.name for s in container.streams.audio if s not in kept)
            sound = _sound(container, kept, out, span)
        _interleave(out, _encoded(video, clip, shift), sound)
    return left_out


def _video_stream(out: OutputContainer, clip: Clip, options: dict[str, str]) -> VideoStream:
    stream = out.add_stream("libx264", rate=clip.fps, options=options)
    stream.width, stream.height = clip.width, clip.height
    is_even = clip.width % 2 == 0 and clip.height % 2 == 0
    stream.pix_fmt = "yuv420p" if is_even else "yuv444p"
    codec = stream.codec_context
    codec.time_base = clip.time_base
    space = clip.colour.get("space", colour.UNSPECIFIED)
    codec.colorspace = space or colour.UNSPECIFIED  # 0 would mean that RGB is stored as it is
    codec.color_range = clip.colour.get("range", 0)
    codec.color_primaries = clip.colour.get("primaries", colour.UNSPECIFIED)
    codec.color_trc = clip.colour.get("transfer", colour.UNSPECIFIED)
    return stream


def _sound(
    container: InputContainer, kept: list[AudioStream], out: OutputContainer, span: audio.Span
) -> Iterator[tuple[Fraction, Packet]]:
    if not kept:
        return iter(())
    container.seek(0)
    streams = {stream: out.add_stream_from_template(stream) for stream in kept}
    return audio.copied_packets(container, streams, span)


def _interleave(out: OutputContainer, pictures: Iterator[Packet], sound: Iterator[tuple[Fraction, Packet]]) -> None:
    pending = next(sound, None)
    for packet in pictures:
        # The muxer would hold back whole streams in memory if sound and pictures did not come interleaved.
        while pending and pending[0] <= packet.dts * packet.time_base:
            out.mux_one(pending[1])
            pending = next(sound, None)
        out.mux_one(packet)
    while pending:
        out.mux_one(pending[1])
        pending = next(sound, None)


def _encoded(stream: VideoStream, clip: Clip, shift: int) -> Iterator[Packet]:
    durations = audio.frame_durations(clip)
    for pixels, pts, duration in zip(clip.frames, clip.pts, durations, strict=True):
        frame = colour.from_rgb(pixels, clip.colour, stream.pix_fmt)
        frame.pts, frame.duration, frame.time_base = int(pts) - shift, int(duration), clip.time_base
        yield from stream.encode(frame)
    yield from stream.encode(None)


def _write_twin(clip: Clip, pictures: Path, path: Path) -> None:
    """Join the pictures of a finished mp4 with the sound of the source in a Matroska file."""
    with (
        complete_or_nothing(path) as temporary,
        open_video(pictures) as (encoded, video),
        open_video(clip.origin) as (container, stream),
        av.open(str(temporary), "w", "matroska") as out,
    ):
        out.metadata["comment"] = AI_EDITED
        target = out.add_stream_from_template(video)
        span = audio.span_of(clip, container, stream)
        sound = _sound(container, list(container.streams.audio), out, span)
        _interleave(out, _readdressed(encoded, video, target), sound)


def _readdressed(container: InputContainer, video: VideoStream, target: VideoStream) -> Iterator[Packet]:
    for packet in container.demux(video):
        if packet.size:
            packet.stream = target
            yield packet
