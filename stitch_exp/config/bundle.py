"""Which weight files a config needs: what the stages ask for, and where the model bundle says it lies."""

from __future__ import annotations

import os
from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from stitch_exp import STAGES
from stitch_exp.config import signature
from stitch_exp.weights import registry

FILES = ("generator", "inverter", "hypernetwork")
"""Networks that come from one file of the bundle."""
NETWORKS = (*FILES, "segmenter", "identity", "perceptual")
"""Keywords of stages that are filled with a network."""


def wanted(node: DictConfig) -> list[str]:
    """Keywords of a node's class that are networks, `trainer` or `device`, and null or not in YAML; none if unknown."""
    if not OmegaConf.is_config(node) or OmegaConf.is_missing(node, "_target_"):
        return []
    try:
        known = signature.parameters(str(node["_target_"])) or {}
    except LookupError:
        return []
    return [key for key in known if key in (*NETWORKS, "trainer", "device") and not _is_set(node, key)]


def _is_set(node: DictConfig, key: str) -> bool:
    return key in node and node[key] is not None


def file_key(cfg: DictConfig, network: str) -> str:
    """The config key under which the bundle names the file of a network."""
    return f"model.inverters.{cfg.encoder.kind}" if network == "inverter" else f"model.{network}"


def missing(cfg: DictConfig) -> list[str]:
    """A sentence for each file that a chosen stage needs and that is not there."""
    asked = {network for name in STAGES for network in wanted(cfg[name]) if network in FILES}
    found = []
    for key in sorted(file_key(cfg, network) for network in asked):
        path = OmegaConf.select(cfg, key)
        if path is None:
            found.append(f"{key} is null: model={cfg.model.name} has no such network; set {key}=FILE or choose another")
        elif not os.path.isfile(str(path)):
            found.append(f"{key}={path}: {advice(str(path))}")
    return found


def advice(path: str) -> str:
    """What to do about a missing file: for a public one, its licence and the command that fetches it."""
    return f"no such file; {registry.advice(Path(path).name)}"
