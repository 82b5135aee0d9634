"""`stitch-exp-distill RUN`: a live network from a finished run."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from rich.console import Console

from stitch_exp.config import schema
from stitch_exp.console import environment, messages, stopping
from stitch_exp.console.stopping import Stopped
from stitch_exp.errors import ConfigError

log = logging.getLogger("stitch_exp")
GROUP = "distill"
NETWORK, EXPORT = "live.safetensors", "live.onnx"


def main() -> None:
    """Parse the command line, train, say where the network lies."""
    parser = argparse.ArgumentParser(
        prog="stitch-exp-distill",
        description="Teach the edit of a finished run to a network that is fast enough for a camera.",
    )
    parser.add_argument("run", type=Path, help="folder of a finished run")
    parser.add_argument(
        "settings", nargs="*", default=[], help="such as distill.num_updates=500; conf/distill/default.yaml has all"
    )
    asked = parser.parse_args()
    environment.set_defaults()
    stopping.listen()
    try:
        with messages.shown_warnings():
            files = distil(asked.run, asked.settings, Console(stderr=True))
    except Stopped as error:
        messages.stopped(error)
        stopping.leave(error.exit_code)
    except Exception as error:
        inner = messages.unwrapped(error)
        messages.fail(messages.sentence(inner))
        sys.exit(messages.exit_code(inner))
    sys.stdout.writelines(f"{path}\n" for path in files)


def settings(run: Path, words: Sequence[str]) -> DictConfig:
    """The settings of a finished run, with the group `distill`.

    Args:
        run: The run folder.
        words: Changes, such as `distill.num_updates=500`.

    Raises:
        ConfigError: No run folder, or a setting that is not there.
    """
    path = run / "config.yaml"
    if not path.is_file():
        raise ConfigError(f"{run} is no folder of a finished run: it has no config.yaml")
    schema.register()
    cfg = OmegaConf.create({key: value for key, value in yaml.safe_load(path.read_text()).items() if key != "defaults"})
    cfg[GROUP] = OmegaConf.load(schema.config_folder() / GROUP / "default.yaml")
    OmegaConf.set_struct(cfg, True)
    for word in words:
        key, _, value = word.partition("=")
        if not key.startswith((f"{GROUP}.", "runtime.")):
            raise ConfigError(f"{word}: only settings of {GROUP} and runtime can be changed; the others are the run's")
        try:
            OmegaConf.update(cfg, key, yaml.safe_load(value))
        except (OmegaConfBaseException, yaml.YAMLError):
            raise ConfigError(f"{word}: no such setting; conf/{GROUP}/default.yaml has all") from None
    return cfg


def distil(run: Path, words: Sequence[str], console: Console) -> list[Path]:
    """Train a live network for a finished run and write it into the run's folder.

    Alignment, pivots, tuning, pairs and the network come from the store where they are there.

    Args:
        run: The run folder.
        words: Changes, as in `settings`.
        console: Where progress is drawn.

    Returns:
        The files: `live.safetensors`, and `live.onnx` where the extra `live` is installed.

    Raises:
        StitchError: What is wrong with the run, the settings or the training.
    """
    cfg = settings(run, words)
    from stitch_exp.app.deliver import ready
    from stitch_exp.lesson import learned

    ready(cfg)
    model, facts = learned(cfg, console)
    return _written(run, model, facts)


def _written(run: Path, model: Any, facts: dict[str, Any]) -> list[Path]:
    from stitch_exp.networks.live_files import export_onnx, save_live

    (run / "live.json").write_text(json.dumps(facts, indent=1))
    save_live(model, run / NETWORK)
    try:
        export_onnx(model.network, model.edit.side, run / EXPORT)
    except ConfigError as error:
        log.warning("%s: no %s was written, torch will run the network", error, EXPORT)
        return [run / NETWORK]
    return [run / NETWORK, run / EXPORT]
