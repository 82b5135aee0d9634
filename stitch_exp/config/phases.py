"""`parts=4` with `-m`: a sweep over the parts of each clip, then the sweep that was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from stitch_exp.config.commandline import Command


def phases(command: Command) -> list[Command]:
    """The commands that one command line stands for, in order: two where it asks for parts, else itself.

    In the first every cell makes one part of what a cell of the second joins and finishes.
    """
    counts = [item for item in command.overrides if is_about(item, "parts")]
    named = any(is_about(item, "part") for item in command.overrides)
    if not command.sweeps or command.shows or named or not counts:
        return [command]
    number = counts[-1].partition("=")[2]
    if not number.isdigit() or int(number) < 2:
        return [command]
    return [_parts_of(command, counts[-1], int(number)), command]


def _parts_of(command: Command, typed: str, number: int) -> Command:
    """The sweep over the parts; a folder that the command line names is the second sweep's, and has room for both."""
    words = [_below(word, "parts") if is_about(word, "hydra.sweep.dir") else word for word in command.words]
    more = f"part={','.join(str(part) for part in range(1, number + 1))}"
    place = words.index(typed) + 1  # behind a setting, where Hydra reads one more
    return replace(command, overrides=[*command.overrides, more], words=[*words[:place], more, *words[place:]])


def _below(typed: str, folder: str) -> str:
    return f"{typed[:-1]}/{folder}'" if typed.endswith("'") else f"{typed}/{folder}"


def complaints(plain: Mapping[str, Any]) -> list[str]:
    """What is wrong with `parts` and `part` among the settings of a run."""
    parts, part = plain.get("parts"), plain.get("part")
    if part is not None and not isinstance(parts, int):
        return [f"part={part}: of how many? add parts=N"]
    if isinstance(part, int) and isinstance(parts, int) and part > parts:
        return [f"part={part}: there are only parts={parts}; use 1 to {parts}"]
    found = []
    if parts is not None and plain["runtime"].get("reuse") is False:
        found.append(f"parts={parts}: parts are handed on through the store; leave runtime.reuse=false out")
    if parts is not None and plain.get("objective") is not None:
        found.append(f"parts={parts}: a search chooses its cells one after the other; leave objective= or parts= out")
    return found


def is_about(item: str, key: str) -> bool:
    """Whether an override sets this key."""
    return item.lstrip("+").startswith(f"{key}=")
