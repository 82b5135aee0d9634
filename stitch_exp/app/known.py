"""The clips of `benchmark=stit-gt-1` as files, for tools that are not ours.

`python -m stitch_exp.app.known [gt1_talk ...] [--out FOLDER] [--edit age --strength 3.8]`
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from stitch_exp.building.known import TrueFrames, clip, settings, step_of
from stitch_exp.config import schema
from stitch_exp.console import environment, messages
from stitch_exp.errors import ConfigError, StitchError
from stitch_exp.video import write_video

NEARLY_LOSSLESS = 4
"""As `crf`: what any tool can read, and about a level away from the frames."""


def write(name: str, folder: Path, edit: str | None, strength: float | None, words: Sequence[str] = ()) -> list[Path]:
    """Writes a clip, and beside it the same clip with a true edit where one is asked for."""
    cfg = settings(name, words)
    source = clip(cfg)
    paths = [folder / f"{name}.mp4"]
    write_video(source, paths[0], crf=NEARLY_LOSSLESS)
    if edit is not None:
        far = float(cfg.model.strength) if strength is None else strength
        paths.append(folder / f"{name}_{edit}_{far:+g}.mp4")
        frames = TrueFrames(source, step_of(cfg, edit), far)
        write_video(replace(source, frames=frames), paths[1], crf=NEARLY_LOSSLESS)
    return paths


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the clips that were named, or all of them; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m stitch_exp.app.known", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", default=schema.known_clips())
    parser.add_argument("--out", type=Path, default=Path("outputs/stit-gt-1-clips"))
    parser.add_argument("--edit", help="also write each clip with the true edit along this direction, such as age")
    parser.add_argument("--strength", type=float, help="how far, in standard deviations (the model's own strength)")
    asked = parser.parse_args(arguments)
    environment.set_defaults()
    try:
        for name in asked.names:
            if name not in schema.known_clips():
                raise ConfigError(f"{name}: no clip with known answers; there are: {', '.join(schema.known_clips())}")
            sys.stdout.writelines(f"{path}\n" for path in write(name, asked.out, asked.edit, asked.strength))
    except StitchError as error:
        messages.fail(messages.sentence(error))
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
