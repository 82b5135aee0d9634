"""Write a clip as a finished file: H.264 in mp4, timing and colour tags of the source, its sound untouched."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import numpy as np
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.video.stream import VideoStream
from jaxtyping import Int

from stitch_exp.types import Clip
from stitch_exp.video import colour
from stitch_exp.video.ahead import ahead
from stitch_exp.video.audio import Sound, frame_durations, sound_of
from stitch_exp.video.decode import decoded, open_video, packets
from stitch_exp.video.finish import complete_or_nothing
from stitch_exp.video.opening import open_media
from stitch_exp.video.orientation import orientation_of

log = logging.getLogger(__name__)

AI_EDITED = (
    "Faces in this video were edited with a generative model (stitch-exp). "
    "DigitalSourceType: http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
)
"""The `comment` tag of every written file."""

_TWINS = {".mkv": "matroska", ".mov": "mov", ".asf": "asf"}
_NUM_THREADS = "4"  # x264's output depends on it, so it must not depend on the machine


def write_video(clip: Clip, path: Path, *, crf: int = 16, preset: str = "medium") -> None:
    """Encode a clip, frame by frame, with the audio packets of the file it comes from.

    The result has the clip's number of frames, times, size and colour tags. Audio packets are copied, trimmed to the
    clip's stretch of its source. Clips that do not begin with their file's first frame are shifted to start at 0.
    Sizes that are odd cannot be stored with halved chroma, so they are written as 4:4:4, which some players refuse.
    If mp4 cannot hold the audio codec, the mp4 is silent and a twin with the same pictures and the sound is written
    beside it, as `.mkv`, `.mov` or `.asf`, the first that can hold both. Files appear under their name only when
    complete.

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
    with sound_of(clip) as sound:
        left_out = _write(clip, path, options, sound)
    if left_out:
        twin = next((path.with_suffix(end) for end in _TWINS if _write_twin(clip, path, path.with_suffix(end))), None)
        where = f"'{twin.name}' has the sound" if twin else "and no other container known here can"
        log.warning("mp4 cannot hold %s audio: '%s' is silent, %s", left_out, path.name, where)


def _write(clip: Clip, path: Path, options: dict[str, str], sound: Sound) -> str:
    """Write the mp4; returns the names of audio codecs it cannot hold, or nothing."""
    muxing = {"movflags": "+faststart"}
    if clip.time_base.numerator == 1:
        muxing["video_track_timescale"] = str(clip.time_base.denominator)
    with (
        complete_or_nothing(path) as temporary,
        open_media(str(temporary), "w", "mp4", container_options=muxing) as out,
    ):
        out.metadata["comment"] = AI_EDITED
        video = _video_stream(out, clip, options)
        shift = round(sound.span.shift / clip.time_base)
        _interleave(out, _encoded(video, clip, shift), sound.copied_into(out))
        return ", ".join(sound.left_out_of(out))


def _pixel_aspect(clip: Clip) -> Fraction:
    """Width to height of a pixel of the upright picture; 0 if the file does not say."""
    if clip.origin is None:
        return Fraction(0)
    with open_video(clip.origin) as (container, stream):
        aspect, first = stream.sample_aspect_ratio, next(decoded(container, stream), None)
    if not aspect or first is None:
        return Fraction(0)
    return 1 / aspect if orientation_of(first).swaps_sides else aspect


def _video_stream(out: OutputContainer, clip: Clip, options: dict[str, str]) -> VideoStream:
    stream = out.add_stream("libx264", rate=clip.fps, options=options)
    stream.width, stream.height = clip.width, clip.height
    stream.pix_fmt = _pixel_format(clip)
    codec = stream.codec_context
    codec.sample_aspect_ratio = _pixel_aspect(clip)
    codec.time_base = clip.time_base
    space = clip.colour.get("space", colour.UNSPECIFIED)
    codec.colorspace = space or colour.UNSPECIFIED  # 0 would mean that RGB is stored as it is
    codec.color_range = clip.colour.get("range", 0)
    codec.color_primaries = clip.colour.get("primaries", colour.UNSPECIFIED)
    codec.color_trc = clip.colour.get("transfer", colour.UNSPECIFIED)
    return stream


def _pixel_format(clip: Clip) -> str:
    is_even = clip.width % 2 == 0 and clip.height % 2 == 0
    return "yuv420p" if is_even else "yuv444p"


class Interleaved:
    """Muxes pictures as they come, and before each the sound that is heard until then.

    The muxer would hold back whole streams in memory if sound and pictures did not come interleaved.

    Args:
        out: The file, with all its streams.
        sound: Packets with their time in s (`Sound.copied_into`).
    """

    def __init__(self, out: OutputContainer, sound: Iterator[tuple[Fraction, Packet]]) -> None:
        self._out, self._sound = out, sound
        self._pending = next(sound, None)

    def add(self, packet: Packet) -> None:
        """Write a packet of the pictures."""
        assert packet.dts is not None
        self._sound_until(packet.dts * packet.time_base)
        self._out.mux_one(packet)

    def close(self) -> None:
        """Write the sound that is left."""
        self._sound_until(None)

    def _sound_until(self, time: Fraction | None) -> None:
        while self._pending and (time is None or self._pending[0] <= time):
            self._out.mux_one(self._pending[1])
            self._pending = next(self._sound, None)


def _interleave(out: OutputContainer, pictures: Iterator[Packet], sound: Iterator[tuple[Fraction, Packet]]) -> None:
    joined = Interleaved(out, sound)
    for packet in pictures:
        joined.add(packet)
    joined.close()


def _encoded(stream: VideoStream, clip: Clip, shift: int) -> Iterator[Packet]:
    times = clip.pts - shift
    shown = dict(zip(times.tolist(), frame_durations(clip).tolist(), strict=True))
    for packet in _packets(stream, clip, times):
        packet.duration = shown.get(packet.pts, packet.duration)  # x264 forgets it, and the last one would be guessed
        yield packet


def _packets(stream: VideoStream, clip: Clip, times: Int[np.ndarray, " T"]) -> Iterator[Packet]:
    for pixels, time in zip(ahead(clip.frames), times.tolist(), strict=True):
        frame = colour.from_rgb(pixels, clip.colour, _pixel_format(clip))
        frame.pts, frame.time_base = time, clip.time_base
        yield from stream.encode(frame)
    yield from stream.encode(None)


def _write_twin(clip: Clip, pictures: Path, path: Path) -> bool:
    """Join the pictures of a finished mp4 with the sound of the source; False if this container cannot hold it."""
    with sound_of(clip) as sound, open_video(pictures) as (encoded, video):
        with open_media(BytesIO(), "w", _TWINS[path.suffix]) as trial:
            if sound.left_out_of(trial):
                return False
        with complete_or_nothing(path) as temporary, open_media(str(temporary), "w", _TWINS[path.suffix]) as out:
            out.metadata["comment"] = AI_EDITED
            target = out.add_stream_from_template(video)
            _interleave(out, _readdressed(encoded, video, target), sound.copied_into(out))
    return True


def _readdressed(container: InputContainer, video: VideoStream, target: VideoStream) -> Iterator[Packet]:
    for packet in packets(container, video):
        packet.stream = target
        yield packet
