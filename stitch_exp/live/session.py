"""The live loop: one thread takes shots, one finds the face in shot n + 1, and one edits and shows shot n."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from threading import Semaphore
from typing import Any

from stitch_exp.live.editor import Editor
from stitch_exp.live.latest import Latest
from stitch_exp.live.placing import CausalSquare, placed
from stitch_exp.live.record import Record
from stitch_exp.live.shot import Controls, Finds, Shot
from stitch_exp.live.sinks import Sink
from stitch_exp.video.ahead import ahead

OLDEST_S = 0.2
"""A frame that took longer than this is not shown any more."""


def live(
    shots: Iterable[Shot],
    tracker: Finds,
    square: CausalSquare,
    editor: Editor,
    sink: Sink,
    controls: Controls,
    *,
    paced: bool,
) -> dict[str, Any]:
    """Edit shots until they end or the person at the keys ends it; the `Record.figures` come back.

    Args:
        shots: The source.
        tracker: Finds the face.
        square: Places its crop.
        editor: Changes it.
        sink: Takes the result.
        controls: What the keys have chosen.
        paced: The source does not wait: what comes while everyone is busy, or is too old to be shown, is dropped.
    """
    record, taken, gate = Record(), Latest(shots), Semaphore(1)
    waiting = ahead(placed(gated(iter(taken if paced else shots), gate), tracker, square), depth=1)
    try:
        for item in waiting:
            gate.release()
            if paced and time.perf_counter() - item.shot.taken_s > OLDEST_S:
                record.late += 1
                continue
            frame = editor(item, controls)
            sink(frame, item.shot.time_s, controls)
            record.shown(time.perf_counter() - item.shot.taken_s, item.quad is not None)
            if controls.ends:
                break
    finally:
        gate.release()  # the tracker may be waiting for it
        waiting.close()
    return record.figures(taken.dropped, tracker.searches)


def gated(shots: Iterator[Shot], gate: Semaphore) -> Iterator[Shot]:
    """The shots, each asked for only when the gate is open: the tracker is one frame ahead, and never two.

    A frame that waits ages; the newest one is better taken late than tracked early.
    """
    while True:
        gate.acquire()
        shot = next(shots, None)
        if shot is None:
            return
        yield shot
