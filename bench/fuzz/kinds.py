"""Small videos of many kinds, with a face in them, to be damaged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.container import OutputContainer
from PIL import Image

from stitch_exp.video import SampleVideo

_NUM_FRAMES = 8
_RATE = 48000


@dataclass(frozen=True, slots=True)
class Kind:
    """How a video of the corpus is encoded."""

    name: str
    codec: str = "libx264"
    pixels: str = "yuv420p"
    size: tuple[int, int] = (176, 144)
    options: dict[str, str] = field(default_factory=lambda: {"g": "4", "bf": "2", "threads": "1"})
    audio: str | None = None
    times: Sequence[int] = range(_NUM_FRAMES)
    time_base: Fraction = Fraction(1, 25)
    rotation: int | None = None
    tags: tuple[int, int, int, int] | None = None
    """Range, matrix, primaries and transfer curve."""


_FIELDS = {"g": "4", "flags": "+ilme+ildct", "threads": "1"}
KINDS = (
    Kind("plain.mp4", audio="aac"),
    Kind("index_first.mp4", options={"g": "4", "movflags": "+faststart", "threads": "1"}),
    Kind("fragments.mp4", options={"g": "4", "movflags": "frag_keyframe+empty_moov", "threads": "1"}),
    Kind("uneven.mp4", times=(0, 1, 2, 9, 10, 50, 51, 90), time_base=Fraction(1, 1000)),
    Kind("turned.mov", rotation=90, audio="aac"),
    Kind("hevc.mp4", codec="libx265", options={"x265-params": "log-level=0:pools=1:frame-threads=1"}),
    Kind("hdr.mkv", codec="libx265", pixels="yuv420p10le", tags=(1, 9, 9, 16), options={"x265-params": "log-level=0"}),
    Kind("hlg.mp4", pixels="yuv420p10le", tags=(1, 9, 9, 18)),
    Kind("fields.mp4", options=_FIELDS),
    Kind("fields.mpg", codec="mpeg2video", options=_FIELDS, audio="mp2"),
    Kind("matroska.mkv", audio="flac"),
    Kind("lossless.mkv", codec="ffv1", pixels="bgr0", options={}),
    Kind("vp9.webm", codec="libvpx-vp9", options={"cpu-used": "8"}, audio="libopus"),
    Kind("vp8.ivf", codec="libvpx", options={}),
    Kind("stream.ts", audio="mp2"),
    Kind("stream.m2ts"),
    Kind("flash.flv", audio="mp3"),
    Kind("old.avi", codec="mpeg4", options={"g": "4"}, audio="mp3"),
    Kind("motion.avi", codec="mjpeg", pixels="yuvj420p", options={}),
    Kind("windows.asf", codec="wmv2", options={}),
    Kind("nut.nut"),
    Kind("broadcast.mxf", codec="mpeg2video", options={"g": "4"}),
    Kind("raw.h264"),
    Kind("raw.m2v", codec="mpeg2video", options={"g": "4"}),
    Kind("raw.y4m", codec="wrapped_avframe", options={}),
    Kind("prores.mov", codec="prores_ks", pixels="yuv422p10le", options={}),
    Kind("moving.gif", codec="gif", pixels="rgb8", options={}),
    Kind("moving.apng", codec="apng", pixels="rgb24", options={}),
    Kind("tiny.mkv", codec="ffv1", size=(1, 1), pixels="yuv444p", options={}),
    Kind("strip.mkv", codec="mjpeg", pixels="yuvj420p", size=(4000, 8), options={}),
    Kind("column.mp4", size=(8, 4000)),
    Kind("single.mp4", times=(0,)),
)
IMAGES = ("png", "jpg", "tif", "webp", "bmp")


def write_corpus(folder: Path) -> list[Path]:
    """All kinds as files, and a folder of four images for each format; what FFmpeg here cannot make is left out."""
    pictures = [np.ascontiguousarray(frame) for frame in SampleVideo(start=0, frames=_NUM_FRAMES)().frames]
    made = []
    for kind in KINDS:
        try:
            write_kind(kind, folder / kind.name, pictures)
        except (av.FFmpegError, ValueError):
            (folder / kind.name).unlink(missing_ok=True)
            continue
        made.append(folder / kind.name)
    for end in IMAGES:
        images = folder / f"images_{end}"
        images.mkdir()
        for i, picture in enumerate(pictures[:4]):
            Image.fromarray(picture).save(images / f"{i}.{end}")
        made.append(images)
    return made


def write_kind(kind: Kind, path: Path, pictures: Sequence[np.ndarray]) -> None:
    """One video of a kind."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream(kind.codec, rate=25, options=kind.options)
        stream.width, stream.height = kind.size
        stream.pix_fmt = kind.pixels
        stream.codec_context.time_base = kind.time_base
        if kind.tags:
            codec = stream.codec_context
            codec.color_range, codec.colorspace, codec.color_primaries, codec.color_trc = kind.tags
        if kind.rotation is not None:
            stream.set_display_rotation(kind.rotation)
        sound = _sound(out, kind.audio) if kind.audio else tuple
        for time, picture in zip(kind.times, pictures, strict=False):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(*kind.size, kind.pixels)
            frame.pts, frame.time_base = time, kind.time_base
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
        out.mux(list(sound()))


def _sound(out: OutputContainer, codec: str) -> Callable[[], list[av.Packet]]:
    stream = out.add_stream(codec, rate=_RATE, layout="mono")
    resampler = av.AudioResampler(stream.format, "mono", _RATE, stream.codec_context.frame_size or 1024)
    wave = (np.sin(np.arange(_RATE * _NUM_FRAMES // 25) / 15) * 8000).astype(np.int16)[None]
    frame = av.AudioFrame.from_ndarray(wave, format="s16", layout="mono")
    frame.rate, frame.pts = _RATE, 0

    def packets() -> list[av.Packet]:
        pieces = [*resampler.resample(frame), *resampler.resample(None)]
        return [packet for piece in [*pieces, None] for packet in stream.encode(piece)]

    return packets
