"""One rising clock over packets whose time stamps begin again in the middle of a file."""

from __future__ import annotations

from fractions import Fraction

from av.packet import Packet

_LONGEST_PAUSE_S = 10
"""A longer step ahead is another recording, not a pause; FFmpeg's own programs draw the line there as well."""


class Clock:
    """Joins the stretches of a file that was put together from several recordings, or whose sender started anew.

    A stretch ends where decoding times of one stream step back, or ahead by more than ten seconds. The next stretch
    is shifted to begin when everything before it has ended, by the same amount in all streams, so that sound and
    pictures stay together. Packets must come in the order of the file, those of all streams.
    """

    def __init__(self) -> None:
        self._offsets = [Fraction(0)]
        self._stretch: dict[int, int] = {}
        self._last: dict[int, Fraction] = {}
        self._end = Fraction(0)

    def follow(self, packet: Packet) -> None:
        """Move the times of the next packet onto the common clock."""
        if packet.dts is None or not packet.time_base:
            return
        stream, start = packet.stream.index, packet.dts * packet.time_base
        if self._is_new_stretch(stream, start):
            self._stretch[stream] = self._stretch.get(stream, 0) + 1
            if self._stretch[stream] == len(self._offsets):
                self._offsets.append(self._end - start)
        self._last[stream] = start
        offset = self._offsets[self._stretch.get(stream, 0)]
        self._end = max(self._end, start + offset + (packet.duration or 0) * packet.time_base)
        ticks = round(offset / packet.time_base)
        packet.dts += ticks
        if packet.pts is not None:
            packet.pts += ticks

    def _is_new_stretch(self, stream: int, start: Fraction) -> bool:
        last = self._last.get(stream)
        return last is not None and not last <= start <= last + _LONGEST_PAUSE_S
