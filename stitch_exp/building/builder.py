"""Make the objects a config describes: networks once, each handed to the stages that name them."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from hydra.utils import get_class
from omegaconf import DictConfig, OmegaConf

from stitch_exp import STAGES
from stitch_exp.building.making import make
from stitch_exp.config import signature
from stitch_exp.config.bundle import FILES, NETWORKS, file_key, wanted
from stitch_exp.errors import ConfigError, SettingsError, WeightsError
from stitch_exp.inverters.files import load_hypernetwork, load_inverter
from stitch_exp.inverters.hyperstyle import HyperNetwork
from stitch_exp.networks.generator_files import load_generator
from stitch_exp.networks.kept_outlines import KeptOutlines
from stitch_exp.networks.roles import Generator, Inverter
from stitch_exp.pipeline import Stages
from stitch_exp.store import Store
from stitch_exp.weights.digests import file_digest


class Builder:
    """Builds everything one config describes; a network is loaded only when a stage asks for it."""

    def __init__(self, cfg: DictConfig) -> None:
        self.cfg = cfg

    def stages(self) -> Stages:
        """All stages, ready to run.

        Raises:
            SettingsError: What all of them refuse.
            WeightsError: A file that a chosen component needs is missing or damaged.
        """
        made: dict[str, Any] = {}
        refused: dict[str, str] = {}
        for name in ("video", *STAGES):
            try:
                made[name] = self._node(name)
            except SettingsError as error:
                refused |= error.problems
        if refused:
            raise SettingsError(refused)
        return Stages(**made)

    def source(self) -> Any:
        """The video stage alone: what opens the source of a finished run again."""
        return self._node("video")

    def stage(self, name: str) -> Any:
        """One stage alone."""
        return self._node(name)

    def fingerprints(self) -> dict[str, str]:
        """For each stage, a text that changes when the stage would make something else."""
        return {name: self.fingerprint(name) for name in STAGES}

    def store(self, more: Mapping[str, str] | None = None) -> Store:
        """Where the artefacts of these stages lie, and of `more` (names to fingerprints)."""
        fingerprints = self.fingerprints() | dict(more or {})
        return Store(Path(self.cfg.paths.store), fingerprints, enabled=self.cfg.runtime.reuse)

    @cached_property
    def device(self) -> torch.device:
        """The device all networks run on; `auto` is the first CUDA device, else the CPU.

        Raises:
            ConfigError: CUDA is asked for and this PyTorch sees no such device.
        """
        name = self.cfg.runtime.device
        if name == "cuda" and not torch.cuda.is_available():
            raise ConfigError("runtime.device=cuda: PyTorch sees no GPU here; use runtime.device=auto or cpu")
        return torch.device("cuda" if name == "auto" and torch.cuda.is_available() else name.replace("auto", "cpu"))

    @cached_property
    def generator(self) -> Generator:
        return self._placed(load_generator(self._file("generator"), self.cfg.model.resolution))

    @cached_property
    def inverter(self) -> Inverter:
        inverter, generator = load_inverter(self._file("inverter")), self.generator
        inverter.check_generator(generator.num_ws, generator.w_dim, generator.resolution)
        return self._placed(inverter)

    @cached_property
    def hypernetwork(self) -> HyperNetwork:
        return self._placed(load_hypernetwork(self._file("hypernetwork")))

    @cached_property
    def segmenter(self) -> Any:
        return KeptOutlines(self._placed(self._node("segmenter")))

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
        network = network.eval().requires_grad_(False).to(self.device)
        return network.to(memory_format=torch.channels_last) if self.cfg.runtime.channels_last else network

    def _node(self, name: str) -> Any:
        """Instantiate one group, filling the keywords that name a network."""
        node = self.cfg[name]
        given = {key: getattr(self, key) for key in wanted(node)}
        if "recognisers" in node:  # always given, as the reference to `identity` would be followed anew
            several = node.recognisers or ()
            given["recognisers"] = [self._placed(make(one, "metrics.identity")) for one in several] or None
        return make(node, name, **given)

    def fingerprint(self, name: str) -> str:
        """A text that changes when the stage of this name would make something else."""
        node = self.cfg[name]
        plain = {
            "settings": content(OmegaConf.to_container(node, resolve=True), paths_of(node)),
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


def paths_of(node: Any) -> frozenset[str]:
    """Keywords of a node's class that name a file or a folder."""
    try:
        known = signature.parameters(str(node["_target_"])) or {}
    except LookupError:
        return frozenset()
    return frozenset(name for name, parameter in known.items() if parameter.is_path)


def content(value: Any, paths: frozenset[str] = frozenset(), is_path: bool = False) -> Any:
    """A settings tree in which whatever names a file or folder is replaced by the hash of what is in it.

    Args:
        value: Settings as plain values.
        paths: Keys whose values are paths even where they look like plain words.
        is_path: Whether `value` itself is one.
    """
    if isinstance(value, dict):
        inside = paths_of(value) if "_target_" in value else paths
        return {key: content(part, inside, key in inside) for key, part in value.items()}
    if isinstance(value, list):
        return [content(part, paths, is_path) for part in value]
    if isinstance(value, str) and value and (is_path or "/" in value) and os.path.exists(value):
        return tree_digest(Path(value))
    return value


def tree_digest(path: Path) -> str:
    """SHA-256 of a file, or of the names and contents of all files in a folder."""
    if path.is_file():
        return file_digest(path)
    parts = [(str(part.relative_to(path)), file_digest(part)) for part in sorted(path.rglob("*")) if part.is_file()]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def weight_files(cfg: DictConfig) -> dict[str, str]:
    """SHA-256 of every weight file the config names, by config key."""
    files = {}
    for key, value in _leaves(OmegaConf.to_container(cfg, resolve=True)):
        if isinstance(value, str) and key.split(".")[0] != "video" and "/" in value and os.path.isfile(value):
            files[key] = file_digest(Path(value))
    return files


def _leaves(value: Any, where: str = "") -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return [leaf for key, part in value.items() for leaf in _leaves(part, f"{where}.{key}".lstrip("."))]
    if isinstance(value, list):
        return [leaf for place, part in enumerate(value) for leaf in _leaves(part, f"{where}.{place}")]
    return [(where, value)]
