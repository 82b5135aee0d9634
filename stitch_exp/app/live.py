"""`stitch-exp-live RUN`: the edit of a finished run on a camera, a stream or a file, at camera speed."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from omegaconf import OmegaConf

from stitch_exp.app.distilling import NETWORK
from stitch_exp.config import schema
from stitch_exp.console import environment, messages, stopping
from stitch_exp.console.stopping import Stopped
from stitch_exp.errors import ConfigError


def main() -> None:
    """Parse the command line, run until the source ends, print and record how fast it was."""
    asked = _parser().parse_args()
    environment.set_defaults()
    stopping.listen()
    try:
        with messages.shown_warnings():
            figures = run(asked)
    except Stopped as error:
        messages.stopped(error, resumable=False)
        stopping.leave(error.exit_code)
    except Exception as error:
        inner = messages.unwrapped(error)
        messages.fail(messages.sentence(inner))
        sys.exit(messages.exit_code(inner))
    sys.stdout.writelines(f"{name:<20} {value}\n" for name, value in figures.items())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="stitch-exp-live", description="Edit a face at camera speed.")
    parser.add_argument("run", type=Path, help="folder of a finished run, after stitch-exp-distill")
    parser.add_argument("--source", default="0", help="number of a camera (0), a file, or the address of a stream")
    parser.add_argument("--out", default="window", help="window, virtual (a virtual camera), none, or a file .mp4")
    parser.add_argument("--strength", type=float, default=1.0, help="share of the run's strength, -1 to 1 (1)")
    parser.add_argument("--every-frame", action="store_true", help="a file: edit all frames, however long it takes")
    parser.add_argument("--provider", default="cpu", choices=("cpu", "cuda", "openvino"), help="of onnxruntime (cpu)")
    parser.add_argument("--threads", type=int, default=1, help="of the network (1); other cores track and compose")
    parser.add_argument("--no-label", action="store_true", help="do not write on the picture that it is edited")
    parser.add_argument("--record", type=Path, help="write the figures to this JSON file")
    return parser


def run(asked: argparse.Namespace) -> dict[str, Any]:
    """One live session; returns its figures.

    Raises:
        StitchError: What is wrong with the run, the source or the output.
    """
    if not -1 <= asked.strength <= 1:
        raise ConfigError(f"--strength {asked.strength:g}: use a share of the run's own strength, from -1 to 1")
    cfg, paced = settings_of(asked.run), not asked.every_frame
    from stitch_exp.live import engine, sources

    by = engine.engine_of(asked.run / NETWORK, asked.provider, asked.threads)
    source = sources.source_of(asked.source, paced=paced)
    figures = played(cfg, by, source, asked.out, strength=asked.strength, paced=paced, label=not asked.no_label)
    if asked.record is not None:
        asked.record.write_text(json.dumps(figures, indent=1))
    return figures


def whole_file(run: Path, clip: Any, out: Path, *, label: bool = True) -> dict[str, Any]:
    """Edit every frame of the file that a clip comes from, or of the clip where it comes from none.

    Args:
        run: The run folder, after `stitch-exp-distill`.
        clip: The run's clip, or a part of it.
        out: The video to write; the sound of the file goes with it.
        label: Write on every edited frame that it is edited.

    Returns:
        The figures of the session.
    """
    cfg = settings_of(run)
    from stitch_exp.live import engine, sources
    from stitch_exp.video.file import FileVideo

    if clip.origin is not None:
        clip = FileVideo(path=str(clip.origin), start=0, frames=None)()
    by, source = engine.engine_of(run / NETWORK), sources.Played(clip, paced=False)
    return played(cfg, by, source, str(out), strength=1.0, paced=False, label=label)


def played(
    cfg: Any, by: tuple[Any, Any, str], source: Any, out: str, *, strength: float, paced: bool, label: bool
) -> dict[str, Any]:
    """One session from a source to an output.

    Args:
        cfg: The run's settings.
        by: What `engine_of` says.
        source: A `live.shot.Source`.
        out: As `--out`.
        strength: As `--strength`.
        paced: The source does not wait.
        label: Write on every edited frame that it is edited.
    """
    from stitch_exp.live import session, shot, sinks
    from stitch_exp.live.editor import Editor
    from stitch_exp.live.placing import CausalSquare

    network, edit, name = by
    editor = Editor(network, edit.side, label=label)
    tracker, controls = tracker_of(cfg), shot.Controls(share=strength)
    tracker.warm(source.height, source.width)
    network(np.zeros((edit.side, edit.side, 3), np.uint8), 1.0, np.zeros((68, 2)))  # the first one is slow
    with sinks.sink_of(out, source) as sink:
        figures = session.live(source, tracker, CausalSquare(edit.scale), editor, sink, controls, paced=paced)
    return {"edit": dict(edit.terms), "network": name, "side": edit.side, **figures}


def settings_of(folder: Path) -> Any:
    path = folder / "config.yaml"
    if not path.is_file():
        raise ConfigError(f"{folder} is no folder of a finished run: it has no config.yaml")
    if not (folder / NETWORK).is_file():
        raise ConfigError(f"{folder} has no {NETWORK} yet: run `stitch-exp-distill {folder}`")
    schema.register()
    return OmegaConf.create(yaml.safe_load(path.read_text()))


def tracker_of(cfg: Any) -> Any:
    from stitch_exp.building.making import make
    from stitch_exp.faces.mesh import Mesh
    from stitch_exp.faces.tracker import Tracker

    recogniser = cfg.aligner.get("recogniser")
    return Tracker(
        make(cfg.aligner.detector, "aligner.detector"),
        Mesh(),
        min_score=cfg.aligner.min_score,
        min_face_px=cfg.aligner.min_face_px,
        recogniser=None if recogniser is None else make(recogniser, "aligner.recogniser"),
    )
