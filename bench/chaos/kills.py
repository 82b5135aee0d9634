"""Signals at moments over all of a run's life, each followed by the same command again."""

from __future__ import annotations

import resource
import signal
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from bench.chaos.room import STAGES, Ended, Room, complaints, leftovers, speaks, status
from bench.fuzz.children import worked_s

SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
MOMENTS = {
    "networks": "outputs/default/*/status.json",
    **{stage: f"outputs/store/{stage}/*.lock" for stage in STAGES},
    "writing": "outputs/default/*/.edited.*",
    "records": "outputs/default/*/edited.mp4",
}
"""What a run is doing, and the file that shows that it has begun."""
_POLL_S = 0.005
_TRIES = 4
"""Of a signal that came too late: each with half the delay."""
_LAST_WORK_S = 5.0
"""Of processor time, to leave everything in order after a signal."""
_LAST_BREATH_S = 1.0
"""Of processor time: a command that ends well by itself has no more to do."""


@dataclass(frozen=True, slots=True)
class Kill:
    """One signal: when it was meant to come, how the command ended, and what was wrong then or after the next one."""

    number: int
    name: str
    moment: str
    code: int
    kept: int
    """How many stages were complete."""
    wrong: tuple[str, ...]


def watched(room: Room) -> tuple[Ended, dict[str, float]]:
    """Run to the end; also how many seconds each moment lasted."""
    process, seen = room.start(), {"start": time.monotonic()}
    while process.poll() is None:
        for moment, pattern in MOMENTS.items():
            if moment not in seen and any(room.path.glob(pattern)):
                seen[moment] = time.monotonic()
        time.sleep(_POLL_S)
    ends = [*list(seen.values())[1:], time.monotonic()]
    return room.wait(process), {moment: end - seen[moment] for moment, end in zip(seen, ends, strict=True)}


def kills(
    folder: Path, lasting: dict[str, float], expected: str, seed: int, numbers: range, only: Sequence[str] = ()
) -> Iterator[Kill]:
    """Kill and run again, as often as asked, at moments of all kinds in turn.

    Args:
        folder: Rooms are made in it.
        lasting: Seconds of each moment, of `watched`.
        expected: Hash of the frames that every second run must give.
        seed: Of the moments.
        numbers: Of the signals: a signal of a seed and number is always the same.
        only: Moments to choose from; empty for all.
    """
    moments = list(only or lasting)
    for number in numbers:
        rng = Random(f"{seed}:{number}")
        moment, name = moments[number % len(moments)], SIGNALS[(number // len(moments) + number) % len(SIGNALS)]
        room = Room(folder / f"kill_{number}")
        ended, on = hit(room, moment, name, rng.uniform(0, lasting[moment]))
        kept = room.finished()
        wrong = [*_unseemly(room, ended, name), *_again(room, expected, kept)]
        if on is None:
            wrong.append(f"no signal came in time, of {_TRIES}")
        elif on > _LAST_WORK_S:
            wrong.append(f"it worked on for {on:.1f} s")
        elif not ended.code and on > _LAST_BREATH_S:
            wrong.append("it did not heed the signal")
        yield Kill(number, name.name, moment, ended.code, len(kept), tuple(wrong))
        room.remove()


def hit(room: Room, moment: str, name: signal.Signals, after: float) -> tuple[Ended, float | None]:
    """`_killed`, again and sooner when the command had ended by itself: a signal that comes too late tries nothing."""
    for turn in range(_TRIES):
        room.remove()
        room.path.mkdir(parents=True)
        ended, on = _killed(room, moment, name, after / 2**turn)
        if on is not None:
            break
    return ended, on


def _killed(room: Room, moment: str, name: signal.Signals, after: float) -> tuple[Ended, float | None]:
    """How the command ended, and how many seconds of processor time it used after the signal; None if none was sent.

    The signal comes `after` seconds into the moment, or as soon as the next one begins.
    """
    process, others = room.start(), _of_children()
    later = _later(moment)
    while moment != "start" and process.poll() is None and not any(room.path.glob(MOMENTS[moment])):
        time.sleep(_POLL_S)
    end = time.monotonic() + after
    while process.poll() is None and time.monotonic() < end and not any(map(any, map(room.path.glob, later))):
        time.sleep(_POLL_S)
    if process.poll() is not None:
        return room.wait(process), None
    used = worked_s(process.pid)
    process.send_signal(name)
    ended = room.wait(process)
    return ended, _of_children() - others - used


def _later(moment: str) -> list[str]:
    """The files that show that a moment is over."""
    names = ["start", *MOMENTS]
    return [MOMENTS[name] for name in names[names.index(moment) + 1 :]]


def _of_children() -> float:
    """Seconds of processor time of all commands that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _unseemly(room: Room, ended: Ended, name: signal.Signals) -> list[str]:
    """What is wrong right after the signal: only SIGKILL may leave something behind."""
    if name == signal.SIGKILL:
        return [] if ended.code in (0, -name) else [f"it ended with {ended.code}"]
    wrong = speaks(ended) + leftovers(room)
    said = status(room.runs()[-1])["status"] if room.runs() else "nothing"
    # Python has no handlers yet before a run begins, and none any more once all is done: the signal ends it bare.
    bare = ended.code == -name and said in ("nothing", "complete")
    if ended.code not in (0, 128 + name) and not bare:
        wrong.append(f"it ended with {ended.code}: {ended.words[-300:]}")
    if ended.code and not bare and said not in ("nothing", "interrupted"):
        wrong.append(f"status.json says {said}")
    return wrong


def _again(room: Room, expected: str, kept: set[str]) -> list[str]:
    again = room.again()
    wrong = complaints(room, again, expected)
    if not again.code:
        lost = kept - set(status(room.runs()[-1])["reused"])
        wrong.extend(f"{stage} was complete and is made again" for stage in sorted(lost))
    return wrong
