"""Find every problem of a command line at once, in about a second, before anything heavy is imported."""

from __future__ import annotations

import ast
import difflib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from stitch_exp.app import bundle, schema, signature
from stitch_exp.app.overrides import hint, is_group, parse, unknown_options, values, words
from stitch_exp.settings import complaint
from stitch_exp.weights import registry

INJECTED = frozenset({*bundle.NETWORKS, "trainer", "device"})
"""Keywords that `app.build` fills; a YAML file never names them."""


def problems(arguments: list[str], config: str = "run") -> list[str]:
    """All reasons why this command line cannot run, each a sentence; empty when it can.

    Args:
        arguments: The overrides as typed, without Hydra's own flags.
        config: Name of the root config.
    """
    schema.register()
    found: list[str] = []
    overrides = list(parse(arguments, found))
    groups = [item for item in overrides if is_group(item)]
    good = [item for item in groups if not unknown_options(item, found)]
    settings = [item for item in overrides if item not in groups and not item.key_or_group.startswith("hydra")]
    with initialize_config_dir(str(schema.config_folder()), version_base="1.3"):
        for choice in _choices(good):
            _check_composition(config, choice, settings, found)
    return list(dict.fromkeys(found))


def _choices(groups: list[Override]) -> Iterator[list[str]]:
    """The first option of every group, then each alternative of a sweep once."""
    first = {item.key_or_group: (words(item) or [""])[0] for item in groups}
    yield [f"{group}={word}" for group, word in first.items() if word]
    for item in groups:
        for word in words(item)[1:]:
            yield [f"{group}={choice}" for group, choice in (first | {item.key_or_group: word}).items()]


def _check_composition(config: str, choice: list[str], settings: list[Override], found: list[str]) -> None:
    try:
        cfg = compose(config, overrides=choice)
    except HydraException as error:
        found.append(f"{' '.join(choice)}: {_first_line(error)}")
        return
    for item in settings:
        _apply(cfg, item, found)
    for key, allowed in schema.CHOICES.items():
        value = OmegaConf.select(cfg, key)
        if value is not None and value not in allowed:
            found.append(f"{key}={value}: not a known word{hint(str(value), allowed)}")
    _check_nodes(cfg, found)
    if "model" in cfg:
        found.extend(bundle.missing(cfg))
    _check_outputs(Path(cfg.paths.outputs), found)


def _check_outputs(folder: Path, found: list[str]) -> None:
    existing = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK):
        found.append(f"paths.outputs={folder}: {existing} cannot be written; name another folder")


def _apply(cfg: DictConfig, item: Override, found: list[str]) -> None:
    key = item.key_or_group
    if item.is_delete() or item.is_add():
        return
    for word in values(item):
        parent, _, leaf = key.rpartition(".")
        node = OmegaConf.select(cfg, parent) if parent else cfg
        if not isinstance(node, DictConfig) or leaf not in set(node):  # `in` overlooks settings without a value
            found.append(f"{key}={word}: no such setting{hint(key, _near_keys(cfg, parent))}")
            return
        try:
            OmegaConf.update(cfg, key, word, merge=True)
        except OmegaConfBaseException as error:
            found.append(f"{key}={word}: {_first_line(error)}")


def _near_keys(cfg: DictConfig, parent: str) -> list[str]:
    node = OmegaConf.select(cfg, parent) if parent else None
    if isinstance(node, DictConfig):
        return [f"{parent}.{key}" for key in node if not str(key).startswith("_")]
    return [str(key) for key in cfg]


def _check_nodes(cfg: DictConfig, found: list[str]) -> None:
    for key in cfg:
        try:
            node = OmegaConf.to_container(cfg[key], resolve=True) if OmegaConf.is_config(cfg[key]) else cfg[key]
        except OmegaConfBaseException as error:
            found.append(f"{key}: {_first_line(error)}")
            continue
        _check_value(str(key), node, found)


def _check_value(where: str, node: Any, found: list[str]) -> None:
    if node == "???":
        found.append(f"{where} has no value: add {where}=... to the command")
    if isinstance(node, list):
        for index, part in enumerate(node):
            _check_value(f"{where}.{index}", part, found)
    if not isinstance(node, dict):
        return
    for name, part in node.items():
        _check_value(f"{where}.{name}", part, found)
    if "_target_" in node:
        _check_target(where, node, found)


def _check_target(where: str, node: dict[str, Any], found: list[str]) -> None:
    target = str(node["_target_"])
    if not target.startswith("stitch_exp."):
        return
    try:
        known = signature.parameters(target)
    except LookupError as error:
        found.append(f"{where}._target_={target}: {error}")
        return
    if known is None:
        return
    settings = {name: value for name, value in node.items() if not name.startswith("_")}
    for name, value in settings.items():
        parameter = known.get(name)
        if parameter is None:
            found.append(f"{where}.{name}: {target.rpartition('.')[2]} has no such setting{hint(name, known)}")
        elif value != "???":
            _check_parameter(f"{where}.{name}", value, parameter, found)
    for name, parameter in known.items():
        if parameter.required and name not in settings and name not in INJECTED and "_partial_" not in node:
            found.append(f"{where}.{name} has no value: add {where}.{name}=... to the command")


def _check_parameter(where: str, value: Any, parameter: signature.Parameter, found: list[str]) -> None:
    if isinstance(value, dict) and "_target_" in value:
        return
    if not signature.fits(value, parameter.annotation):
        kind = "" if parameter.annotation is None else ast.unparse(parameter.annotation)
        found.append(f"{where}={value}: expected {kind}, got {type(value).__name__}")
    elif (bounds := complaint(value, signature.hint(parameter.annotation))) is not None:
        found.append(f"{where}={value}: use {bounds}")
    elif parameter.is_path and isinstance(value, str) and not os.path.exists(os.path.expanduser(value)):
        found.append(f"{where}={value}: {_advice(value)}")


def _advice(value: str) -> str:
    if registry.find(Path(value).name) is not None:
        return bundle.advice(value)
    near = difflib.get_close_matches(Path(value).name, _siblings(Path(value)), n=1)
    return "no such file or folder" + (f"; did you mean '{Path(value).parent / near[0]}'?" if near else "")


def _siblings(path: Path) -> list[str]:
    return [other.name for other in path.parent.iterdir()] if path.parent.is_dir() else []


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
