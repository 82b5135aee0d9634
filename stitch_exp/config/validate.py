"""Find every problem of a command line at once, in about a second, before anything heavy is imported."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf, open_dict
from omegaconf.errors import OmegaConfBaseException

from stitch_exp import STAGES
from stitch_exp.config import bundle, checks, phases, schema
from stitch_exp.config.commandline import Command, quoted
from stitch_exp.config.gpu import has_driver
from stitch_exp.config.overrides import hint, is_group, options, parse, unknown_options, values, words
from stitch_exp.config.resolved import MISSING, first_line, resolved, select
from stitch_exp.settings import complaint


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
    found = [what for what in dict.fromkeys(found) if _unanswered(what) not in answered]
    return [what for what in found if not _is_echo(what, found)]


def _unanswered(what: str) -> str | None:
    """The setting that is said to have no value, or None."""
    key, said, _ = what.partition(" has no value")
    return key if said else None


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
    unresolved: list[str] = []
    plain = resolved(cfg, unresolved)
    found.extend(unresolved)
    _check_plain(plain, found)
    checks.check_value("", plain, found)
    if "model" in cfg:
        checks.check_node("model", plain.get("model"), checks.MODEL, found)
        gone = [name for name in ("video", *STAGES) if OmegaConf.is_missing(cfg, name)]
        found.extend(f"{name} has no value: add {name}=OPTION; --help lists them" for name in gone)
        if not gone and not unresolved:
            found.extend(bundle.missing(cfg))
    found.extend(checks.about_folders(plain))


def _about_composition(choice: list[str], error: HydraException) -> str:
    """A missing extra by the command that installs it; anything else in Hydra's words."""
    for engine in ("joblib", "submitit", "ray", "optuna"):
        if f"/{engine}" in str(error) and "hydra/" in str(error):
            return f"{' '.join(choice)}: needs an extra; run `pip install 'stitch-exp[{engine}]'`"
    return f"{' '.join(choice)}: {first_line(error)}"


def _check_plain(plain: dict[str, Any], found: list[str]) -> None:
    """Settings that belong to no class."""
    for key, allowed in schema.CHOICES.items():
        value = select(plain, key)
        if value is not None and value not in allowed and value != MISSING:
            found.append(f"{key}={value}: not a known word{hint(str(value), allowed)}")
    for key, bounds in schema.RANGES.items():
        wrong = complaint(select(plain, key), bounds)
        if wrong is not None:
            found.append(f"{key}={select(plain, key)}: use {wrong}")
    if select(plain, "runtime.device") == "cuda" and not has_driver():
        found.append("runtime.device=cuda: no GPU driver is installed here; use runtime.device=auto or cpu")
    if select(plain, "live") and select(plain, "aligner.follow") == "all":
        found.append("live=true: a live network learns one person; use aligner.follow=largest or a point")
    found.extend(phases.complaints(plain))
    if "runs" in plain:
        edited = schema.edited_videos(plain)
        found.extend(schema.complaints_about_evaluation(plain["runs"], plain.get("source"), edited))
    name = plain.get("experiment_name")
    wrong_name = None if name is None else schema.complaint_about_name(str(name))
    if wrong_name is not None:
        found.append(f"experiment_name={name}: {wrong_name}")


def _apply(cfg: DictConfig, item: Override, found: list[str]) -> None:
    key = item.key_or_group
    parent, _, leaf = key.rpartition(".")
    try:
        node = OmegaConf.select(cfg, parent) if parent else cfg
        if item.is_delete():
            _delete(node, leaf)
            return
        for word in values(item):
            if item.is_add() or item.is_force_add():
                OmegaConf.update(cfg, key, word, merge=True, force_add=True)
            elif not isinstance(node, DictConfig) or leaf not in set(node):  # `in` overlooks settings without a value
                found.append(f"{key}={word}: {_about_unknown(cfg, key, parent, leaf)}")
                return
            else:
                OmegaConf.update(cfg, key, word, merge=True)
    except (OmegaConfBaseException, ValueError, TypeError, AssertionError) as error:
        found.append(f"{item.input_line}: {first_line(error)}")


def _delete(node: Any, leaf: str) -> None:
    """What is not there is Hydra's to complain about."""
    if isinstance(node, DictConfig) and leaf in set(node):
        with open_dict(node):
            del node[leaf]


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
