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
from stitch_exp.errors import ConfigError


def main() -> None:
    """Parse the command line, run until the source ends, print and record how fast it was."""
    asked = _parser().parse_args()
    environment.set_defaults()
    stopping.listen()
    try:
        with messages.shown_warnings():
            figures = run(asked)
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
    cfg = _settings(asked.run)
    from stitch_exp.live import engine, session, shot, sinks, sources
    from stitch_exp.live.editor import Editor
    from stitch_exp.live.placing import CausalSquare

    network, edit, by = engine.engine_of(asked.run / NETWORK, asked.provider, asked.threads)
    paced = not asked.every_frame
    source = sources.source_of(asked.source, paced=paced)
    editor = Editor(network, edit.side, label=not asked.no_label)
    tracker, controls = _tracker(cfg), shot.Controls(share=asked.strength)
    tracker.warm(source.height, source.width)
    network(np.zeros((edit.side, edit.side, 3), np.uint8), 1.0)
    with sinks.sink_of(asked.out, source) as sink:
        figures = session.live(source, tracker, CausalSquare(edit.scale), editor, sink, controls, paced=paced)
    figures = {"edit": dict(edit.terms), "network": by, "side": edit.side, **figures}
    if asked.record is not None:
        asked.record.write_text(json.dumps(figures, indent=1))
    return figures


def _settings(folder: Path) -> Any:
    path = folder / "config.yaml"
    if not path.is_file():
        raise ConfigError(f"{folder} is no folder of a finished run: it has no config.yaml")
    if not (folder / NETWORK).is_file():
        raise ConfigError(f"{folder} has no {NETWORK} yet: run `stitch-exp-distill {folder}`")
    schema.register()
    return OmegaConf.create(yaml.safe_load(path.read_text()))


def _tracker(cfg: Any) -> Any:
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
