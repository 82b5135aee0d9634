"""Whole pictures out of frames that hold two fields, taken one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import av
from av.filter import Graph

_TICK = Fraction(1)


def deinterlaced(numbered: Iterator[tuple[int, av.VideoFrame]]) -> Iterator[tuple[int, av.VideoFrame]]:
    """The same frames, those flagged as interlaced with their second field replaced by what it would have shown.

    One picture a frame, of the time of its first field, whichever that is (top or bottom, as flagged); frames that are
    not flagged pass untouched. A picture depends on the frame before and the frame after it, so give those as well.

    Reference: FFmpeg's filter bwdif (w3fdif of BBC R&D, with yadif's decisions).
    """
    graph, kind = None, None
    for number, frame in numbered:
        if kind != (frame.format.name, frame.width, frame.height):
            yield from _rest(graph)
            graph, kind = _graph(frame), (frame.format.name, frame.width, frame.height)
        frame.pts, frame.time_base = number, _TICK
        assert graph is not None
        graph.push(frame)
        yield from _ready(graph)
    yield from _rest(graph)


def _graph(frame: av.VideoFrame) -> Graph:
    graph = Graph()
    source = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=_TICK)
    graph.link_nodes(
        source, graph.add("bwdif", "mode=send_frame:deint=interlaced"), graph.add("buffersink")
    ).configure()
    return graph


def _ready(graph: Graph) -> Iterator[tuple[int, av.VideoFrame]]:
    while True:
        try:
            frame = graph.pull()
        except (av.BlockingIOError, av.EOFError):
            return
        assert isinstance(frame, av.VideoFrame) and frame.pts is not None and frame.time_base is not None
        yield round(frame.pts * frame.time_base / _TICK), frame


def _rest(graph: Graph | None) -> Iterator[tuple[int, av.VideoFrame]]:
    if graph is not None:
        graph.push(None)
        yield from _ready(graph)
