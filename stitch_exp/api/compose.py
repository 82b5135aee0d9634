"""Settings from Python: the same words as on the command line, checked by the same rules, without a command line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, open_dict, read_write

from stitch_exp.config.composing import composed
from stitch_exp.console import environment


def video_words(video: str | Path | None, start: int, frames: int | None) -> list[str]:
    """The overrides that choose a clip.

    Args:
        video: A video file, a folder of images, or None for the sample clip.
        start: First frame.
        frames: Number of frames; None for all.
    """
    if video is None:
        return ["video=sample", f"video.start={start}", word("video.frames", frames)]
    if Path(video).expanduser().is_dir():
        return ["video=frames", word("video.path", str(video))]
    return ["video=file", word("video.path", str(video)), f"video.start={start}", word("video.frames", frames)]


def words(settings: Mapping[str, Any]) -> list[str]:
    """Overrides of a mapping such as `{"encoder": "e4e", "tuning.loss.l2_weight": 1.0}`."""
    return [word(key, value) for key, value in settings.items()]


def word(key: str, value: Any) -> str:
    """One override in Hydra's grammar, which reads it as the same value again.

    Args:
        key: Dotted name of the setting, or a group.
        value: A text or path, a number, a truth value, None, or a list or mapping of them. Texts that Hydra would read
            as something else, such as `null`, `12` or one with a space, are quoted.
    """
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _CONSTANTS:
        return f"{key}={value}"
    return f"{key}={_literal(value)}"


_PLAIN = re.compile(r"[a-z_]\w*", re.ASCII | re.IGNORECASE)
_CONSTANTS = ("null", "true", "false", "nan", "inf")


def _literal(value: Any) -> str:
    if isinstance(value, str | Path):
        # In Hydra's grammar a backslash is itself, except before a quote.
        inner = re.sub(r'(\\*)"', r'\1\1\\"', str(value))
        return '"' + re.sub(r"(\\+)$", r"\1\1", inner) + '"'
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_literal(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_literal, value)) + "]"
    return repr(value) if isinstance(value, float) else json.dumps(value)


def settings(overrides: Sequence[str]) -> DictConfig:
    """The config of `run.py` with these overrides.

    Raises:
        ConfigError: Something is wrong with them; the message lists everything.
    """
    environment.set_defaults()
    return composed(overrides)


@contextmanager
def as_a_job(cfg: DictConfig, folder: Path) -> Iterator[DictConfig]:
    """The config without Hydra's part, while Hydra answers as it does inside one of its own jobs.

    Args:
        cfg: What `settings` returned.
        folder: The run folder.
    """
    before = HydraConfig.instance().cfg
    cfg = cfg.copy()  # Hydra makes what it is given read-only
    with read_write(cfg.hydra), open_dict(cfg):
        cfg.hydra.runtime.output_dir = str(folder)
    HydraConfig.instance().set_config(cfg)
    try:
        yield plain(cfg)
    finally:
        HydraConfig.instance().cfg = before


def plain(cfg: DictConfig) -> DictConfig:
    """A copy of the config without Hydra's part."""
    own = cfg.copy()
    with open_dict(own):
        own.pop("hydra", None)
    return own
