"""Make the objects a config describes: networks once, each handed to the stages that name them."""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from hydra.utils import get_class, instantiate
from omegaconf import DictConfig, OmegaConf

from stitch_exp import STAGES
from stitch_exp.app.bundle import FILES, NETWORKS, file_key, wanted
from stitch_exp.errors import WeightsError
from stitch_exp.networks.generator_files import load_generator
from stitch_exp.networks.inverter_files import load_hypernetwork, load_inverter
from stitch_exp.pipeline import Stages
from stitch_exp.weights.digests import file_digest


class Builder:
    """Builds everything one config describes; a network is loaded only when a stage asks for it."""

    def __init__(self, cfg: DictConfig) -> None:
        self.cfg = cfg

    def stages(self) -> Stages:
        """All stages, ready to run.

        Raises:
            WeightsError: A file that a chosen component needs is missing or damaged.
        """
        return Stages(video=self._node("video"), **{name: self._node(name) for name in STAGES})

    def source(self) -> Any:
        """The video stage alone: what opens the source of a finished run again."""
        return self._node("video")

    def fingerprints(self) -> dict[str, str]:
        """For each stage, a text that changes when the stage would make something else."""
        return {name: self._fingerprint(name) for name in STAGES}

    @cached_property
    def device(self) -> torch.device:
        """The device all networks run on; `auto` is the first CUDA device, else the CPU."""
        name = self.cfg.runtime.device
        return torch.device("cuda" if name == "auto" and torch.cuda.is_available() else name.replace("auto", "cpu"))

    @cached_property
    def generator(self) -> torch.nn.Module:
        return self._placed(load_generator(self._file("generator"), self.cfg.model.resolution))

    @cached_property
    def inverter(self) -> torch.nn.Module:
        inverter, generator = load_inverter(self._file("inverter")), self.generator
        inverter.check_generator(generator.num_ws, generator.w_dim, generator.resolution)
        return self._placed(inverter)

    @cached_property
    def hypernetwork(self) -> torch.nn.Module:
        return self._placed(load_hypernetwork(self._file("hypernetwork")))

    @cached_property
    def segmenter(self) -> Any:
        return self._placed(self._node("segmenter"))

    @cached_property
    def identity(self) -> Any:
        return self._placed(self._node("identity"))

    @cached_property
    def perceptual(self) -> Any:
        return self._placed(self._node("perceptual"))

    @cached_property
    def trainer(self) -> Any:
        return self._node("trainer")

    def _file(self, network: str) -> Path:
        """The weight file the model bundle names for a network.

        Raises:
            WeightsError: The bundle has none.
        """
        key = file_key(self.cfg, network)
        path = OmegaConf.select(self.cfg, key)
        if path is None:
            raise WeightsError(f"{key} is null; choose another encoder, or set {key}=FILE")
        return Path(path)

    def _placed(self, network: Any) -> Any:
        if not isinstance(network, torch.nn.Module):
            return network
        layout = torch.channels_last if self.cfg.runtime.channels_last else torch.contiguous_format
        return network.eval().requires_grad_(False).to(self.device).to(memory_format=layout)

    def _node(self, name: str) -> Any:
        """Instantiate one group, filling the keywords that name a network."""
        node = self.cfg[name]
        return instantiate(node, **{key: getattr(self, key) for key in wanted(node)}, _convert_="all")

    def _fingerprint(self, name: str) -> str:
        node = self.cfg[name]
        plain = {
            "settings": content(OmegaConf.to_container(node, resolve=True)),
            "networks": {key: self._network_print(key) for key in wanted(node) if key in NETWORKS},
            "runtime": [self.cfg.runtime.precision, self.cfg.seed],
            "version": getattr(get_class(node["_target_"]), "version", 1),
        }
        return json.dumps(plain, sort_keys=True, default=str)

    def _network_print(self, name: str) -> str:
        if name in FILES:
            return file_digest(self._file(name))
        return hashlib.sha256(
            json.dumps(content(OmegaConf.to_container(self.cfg[name], resolve=True)), default=str).encode()
        ).hexdigest()


def content(value: Any) -> Any:
    """A settings tree in which the path of a file is replaced by the hash of what is in it."""
    if isinstance(value, dict):
        return {key: content(part) for key, part in value.items()}
    if isinstance(value, list):
        return [content(part) for part in value]
    if isinstance(value, str) and "/" in value and Path(value).is_file():
        return file_digest(Path(value))
    return value


def weight_files(cfg: DictConfig) -> dict[str, str]:
    """SHA-256 of every weight file the config names, by config key."""
    files = {}
    for key, value in _leaves(OmegaConf.to_container(cfg, resolve=True)):
        if isinstance(value, str) and key.split(".")[0] != "video" and "/" in value and Path(value).is_file():
            files[key] = file_digest(Path(value))
    return files


def _leaves(value: Any, where: str = "") -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return [leaf for key, part in value.items() for leaf in _leaves(part, f"{where}.{key}".lstrip("."))]
    return [(where, value)]
