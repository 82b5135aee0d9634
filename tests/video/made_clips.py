"""Tiny videos made on the fly."""

from fractions import Fraction

import av
import numpy as np

BT709 = 1
QUARTERS = ((200, 40, 40), (40, 200, 40), (40, 40, 200), (200, 200, 40))
"""Colours of the picture's quarters: NW, NE, SW, SE."""


def picture(index, width=64, height=48):
    """Four coloured quarters and a grey bar that moves with the frame number."""
    image = np.empty((height, width, 3), np.uint8)
    middle, centre = height // 2, width // 2
    image[:middle, :centre], image[:middle, centre:], image[middle:, :centre], image[middle:, centre:] = QUARTERS
    start = (index * 3) % (width - 6)
    image[middle - 4 : middle + 4, start : start + 6] = 128
    return image


def _tone(num_samples, rate):
    wave = (np.sin(np.arange(num_samples) / rate * 2 * np.pi * 440) * 8000).astype(np.int16)
    return wave[None]


def sound(container, codec, seconds, rate=48000):
    stream = container.add_stream(codec, rate=rate, layout="mono")
    resampler = av.AudioResampler(stream.format, "mono", rate, stream.codec_context.frame_size or 1024)
    frame = av.AudioFrame.from_ndarray(_tone(int(seconds * rate), rate), format="s16", layout="mono")
    frame.rate, frame.pts = rate, 0

    def packets():
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            yield from stream.encode(piece)
        yield from stream.encode(None)

    return packets


def write(
    path,
    pts=range(12),
    size=(64, 48),
    codec="libx264",
    pixel_format="yuv420p",
    time_base=Fraction(1, 25),
    rotation=None,
    audio=None,
    colour=None,
    options=None,
    aspect=None,
):
    """Encode `picture(i)` at the given times."""
    pts = list(pts)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=Fraction(25), options=options or {})
        stream.width, stream.height = size
        stream.pix_fmt = pixel_format
        stream.codec_context.time_base = time_base
        if aspect:
            stream.codec_context.sample_aspect_ratio = aspect
        for name, value in (colour or {}).items():
            setattr(stream.codec_context, name, value)
        if rotation is not None:
            stream.set_display_rotation(rotation)
        tone = sound(container, audio, float((pts[-1] + 1) * time_base)) if audio else lambda: ()
        for i, time in enumerate(pts):
            frame = av.VideoFrame.from_ndarray(picture(i, *size), format="rgb24")
            if stream.codec_context.colorspace == BT709:
                frame = frame.reformat(format=pixel_format, dst_colorspace="ITU709")
            frame.pts, frame.time_base = time, time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        for packet in tone():
            container.mux(packet)
    return path
