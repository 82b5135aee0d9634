"""Find every problem of a command line at once, in about a second, before anything heavy is imported."""

from __future__ import annotations

import ast
import difflib
import math
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

from hydra import compose, initialize_config_dir
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from stitch_exp import STAGES
from stitch_exp import settings as ranges
from stitch_exp.app import bundle, schema, signature
from stitch_exp.app.commandline import Command, quoted
from stitch_exp.app.gpu import has_driver
from stitch_exp.app.overrides import hint, is_group, options, parse, unknown_options, values, words
from stitch_exp.settings import complaint
from stitch_exp.weights import registry

INJECTED = frozenset({*bundle.NETWORKS, "trainer", "device"})
"""Keywords that `app.build` fills; a YAML file never names them."""


def problems_of(command: Command) -> list[str]:
    """All reasons why a command line cannot run, each a sentence; empty when it can."""
    found = [] if command.sweeps else [_about_sweep(item) for item in parse(command.overrides, []) if _is_sweep(item)]
    return found or problems(command.overrides, command.config, command.folder, command.more)


def _is_sweep(item: Override) -> bool:
    return item.is_sweep_override() and not item.key_or_group.startswith("hydra")


def _about_sweep(item: Override) -> str:
    typed = str(item.input_line)
    key, _, text = typed.partition("=")
    return f"{typed}: several values are a sweep; add -m, or write '{key}=[{text}]' for one list"


def problems(
    arguments: list[str], config: str = "run", folder: Path | None = None, more: Sequence[Path] = ()
) -> list[str]:
    """All reasons why this command line cannot run, each a sentence; empty when it can.

    Args:
        arguments: The overrides as typed, without Hydra's own flags.
        config: Name of the root config.
        folder: Where it lies; None for the package's own YAML files.
        more: Further folders of YAML files.
    """
    schema.register()
    found: list[str] = []
    places = [folder or schema.config_folder(), *more]
    overrides = [item for item in parse(arguments, found) if not item.key_or_group.startswith("hydra")]
    for item in [item for item in overrides if item.is_delete() and is_group(item, places)]:
        group = item.key_or_group
        found.append(
            f"{item.input_line}: {group} cannot be left out; choose {group}=OPTION{hint('', options(group, places))}"
        )
        overrides.remove(item)
    groups = [item for item in overrides if is_group(item, places)]
    good = [item for item in groups if not unknown_options(item, places, found)]
    settings = [item for item in overrides if item not in groups]
    search = [f"hydra.searchpath=[{','.join(quoted(f'file://{place}') for place in more)}]"] if more else []
    with initialize_config_dir(str(places[0]), version_base="1.3"):
        for choice in _choices(good):
            _check_composition(config, choice, search, settings, found)
    answered = {problem.partition("=")[0] for problem in found}
    found = [what for what in dict.fromkeys(found) if what.partition(" has no value")[0] not in answered]
    return [what for what in found if not _is_echo(what, found)]


def _is_echo(what: str, found: list[str]) -> bool:
    """Whether a setting of a class only repeats what is said of the root's setting that it points to."""
    key, _, rest = what.partition("=")
    owner, _, leaf = key.rpartition(".")
    return bool(owner) and f"{leaf}={rest}" in found


def _choices(groups: list[Override]) -> Iterator[list[str]]:
    """The first option of every group, then each alternative of a sweep once."""
    first = {item.key_or_group: (words(item) or [""])[0] for item in groups}
    yield [f"{group}={word}" for group, word in first.items() if word]
    for item in groups:
        for word in words(item)[1:]:
            yield [f"{group}={choice}" for group, choice in (first | {item.key_or_group: word}).items()]


def _check_composition(
    config: str, choice: list[str], search: list[str], settings: list[Override], found: list[str]
) -> None:
    try:
        cfg = compose(config, overrides=[*search, *choice])
    except HydraException as error:
        found.append(_about_composition(choice, error))
        return
    for item in settings:
        _apply(cfg, item, found)
    for key, allowed in schema.CHOICES.items():
        value = OmegaConf.select(cfg, key)
        if value is not None and value not in allowed:
            found.append(f"{key}={value}: not a known word{hint(str(value), allowed)}")
    _check_plain(cfg, found)
    _check_nodes(cfg, found)
    gone = [name for name in ("video", *STAGES) if "model" in cfg and OmegaConf.is_missing(cfg, name)]
    found.extend(f"{name} has no value: add {name}=OPTION; --help lists them" for name in gone)
    if "model" in cfg and not gone:
        found.extend(bundle.missing(cfg))
    _check_outputs(Path(cfg.paths.outputs), found)


def _about_composition(choice: list[str], error: HydraException) -> str:
    """A missing extra by the command that installs it; anything else in Hydra's words."""
    for engine in ("joblib", "submitit", "ray", "optuna"):
        if f"/{engine}" in str(error) and "hydra/" in str(error):
            return f"{' '.join(choice)}: needs an extra; run `pip install 'stitch-exp[{engine}]'`"
    return f"{' '.join(choice)}: {_first_line(error)}"


def _check_plain(cfg: DictConfig, found: list[str]) -> None:
    """Settings that belong to no class."""
    for key, bounds in schema.RANGES.items():
        value = OmegaConf.select(cfg, key)
        wrong = complaint(value, bounds)
        if wrong is not None:
            found.append(f"{key}={value}: use {wrong}")
    if OmegaConf.select(cfg, "runtime.device") == "cuda" and not has_driver():
        found.append("runtime.device=cuda: no GPU driver is installed here; use runtime.device=auto or cpu")
    if "runs" in cfg:
        found.extend(schema.complaints_about_evaluation(cfg.runs, cfg.source, schema.edited_videos(cfg)))
    name = cfg.get("experiment_name")
    wrong_name = None if name is None else schema.complaint_about_name(str(name))
    if wrong_name is not None:
        found.append(f"experiment_name={name}: {wrong_name}")


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
            found.append(f"{key}={word}: {_about_unknown(cfg, key, parent, leaf)}")
            return
        try:
            OmegaConf.update(cfg, key, word, merge=True)
        except OmegaConfBaseException as error:
            found.append(f"{key}={word}: {_first_line(error)}")


def _about_unknown(cfg: DictConfig, key: str, parent: str, leaf: str) -> str:
    """Advice about a setting that is not there: another option of its group may have it."""
    group = schema.config_folder() / parent
    if parent and group.is_dir():
        owners = [path.stem for path in sorted(group.glob("[!_]*.yaml")) if _declares(path, leaf)]
        if owners:
            return f"{parent}={'|'.join(owners)} has this setting, what was chosen has not; add {parent}={owners[0]}"
    return f"no such setting{hint(key, _near_keys(cfg, parent))}"


def _declares(path: Path, leaf: str) -> bool:
    return any(line.startswith(f"{leaf}:") for line in path.read_text(encoding="utf-8").splitlines())


def _near_keys(cfg: DictConfig, parent: str) -> list[str]:
    node = OmegaConf.select(cfg, parent) if parent else None
    if isinstance(node, DictConfig):
        return [f"{parent}.{key}" for key in node if not str(key).startswith("_")]
    return [str(key) for key in cfg]


def _check_nodes(cfg: DictConfig, found: list[str]) -> None:
    for key in cfg:
        if OmegaConf.is_missing(cfg, str(key)):
            continue
        try:
            node = OmegaConf.to_container(cfg[key], resolve=True) if OmegaConf.is_config(cfg[key]) else cfg[key]
        except OmegaConfBaseException as error:
            found.append(f"{key}: {_first_line(error)}")
            continue
        _check_value(str(key), node, found)


def _check_value(where: str, node: Any, found: list[str]) -> None:
    if isinstance(node, float) and not math.isfinite(node):
        found.append(f"{where}={node}: use a finite number")
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


def _kind(annotation: str) -> str:
    """A type as users know it: `float` for one of our names for a range of floats."""

    def plain(word: re.Match[str]) -> str:
        named = getattr(ranges, word[0], None)
        return get_args(named)[0].__name__ if get_origin(named) is Annotated else word[0]

    return re.sub(r"\w+", plain, annotation)


def _check_parameter(where: str, value: Any, parameter: signature.Parameter, found: list[str]) -> None:
    if isinstance(value, dict) and "_target_" in value:
        return
    if not signature.fits(value, parameter.annotation):
        kind = "" if parameter.annotation is None else _kind(ast.unparse(parameter.annotation))
        found.append(f"{where}={value}: expected {kind}, got {type(value).__name__}")
    elif _is_finite(value) and (bounds := complaint(value, signature.hint(parameter.annotation))) is not None:
        found.append(f"{where}={value}: use {bounds}")
    elif parameter.is_path and isinstance(value, str) and not os.path.exists(os.path.expanduser(value)):
        found.append(f"{where}={value}: {_advice(value)}")


def _is_finite(value: Any) -> bool:
    """Whether nobody has complained about this number yet."""
    return not isinstance(value, float) or math.isfinite(value)


def _advice(value: str) -> str:
    if registry.find(Path(value).name) is not None:
        return bundle.advice(value)
    near = difflib.get_close_matches(Path(value).name, _siblings(Path(value)), n=1)
    return "no such file or folder" + (f"; did you mean '{Path(value).parent / near[0]}'?" if near else "")


def _siblings(path: Path) -> list[str]:
    return [other.name for other in path.parent.iterdir()] if path.parent.is_dir() else []


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
