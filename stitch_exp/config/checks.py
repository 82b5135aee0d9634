"""Check plain settings against the constructors of the classes they are for, read from source."""

from __future__ import annotations

import ast
import importlib.util
import math
import os
import re
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

from stitch_exp import settings as ranges
from stitch_exp.config import bundle, signature
from stitch_exp.config.overrides import hint
from stitch_exp.config.resolved import MISSING, select
from stitch_exp.errors import nearest
from stitch_exp.settings import complaint
from stitch_exp.weights import registry

INJECTED = frozenset({*bundle.NETWORKS, "trainer", "device"})
"""Keywords that `building.builder` fills; a YAML file never names them."""
MODEL = "stitch_exp.config.schema.Model"
"""The class whose fields say what a model bundle holds."""
_FOLDERS = ("paths.outputs", "paths.store")
_OURS = "stitch_exp."
_DOTTED = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)+")
_FLAGS = {"_partial_": bool, "_recursive_": bool, "_convert_": str, "_args_": list}


def check_value(where: str, node: Any, found: list[str]) -> None:
    """Complain about every number that is none, every value to be given, and every node that its class refuses."""
    if isinstance(node, float) and not math.isfinite(node):
        found.append(f"{where}={node}: use a finite number")
    if node == MISSING:
        found.append(f"{where} has no value: add {where}=... to the command")
    if isinstance(node, str) and "\0" in node:
        found.append(f"{where}={node!r}: a NUL character can be in no setting")
    parts = enumerate(node) if isinstance(node, list) else node.items() if isinstance(node, dict) else ()
    for name, part in parts:
        if where or part != MISSING:  # a group without a choice has words of its own
            check_value(f"{where}.{name}".lstrip("."), part, found)
    if isinstance(node, dict) and "_target_" in node:
        _check_target(where, node, found)


def check_node(where: str, node: Any, target: str, found: list[str]) -> None:
    """Complain about settings that a class has not, lacks, or cannot use.

    Args:
        where: Key of the node.
        node: Plain settings.
        target: Dotted name of the class.
        found: Where complaints go.

    Raises:
        LookupError: There is no such class.
    """
    known = signature.parameters(target)
    if known is None:
        return
    if not isinstance(node, dict):
        found.append(f"{where}={node}: expected settings of {target.rpartition('.')[2]}")
        return
    settings = {str(name): value for name, value in node.items() if not str(name).startswith("_")}
    for name, value in settings.items():
        parameter = known.get(name)
        if parameter is None:
            found.append(f"{where}.{name}: {target.rpartition('.')[2]} has no such setting{hint(name, known)}")
        elif value != MISSING:
            _check_parameter(f"{where}.{name}", value, parameter, found)
    for name, parameter in known.items():
        if parameter.required and name not in settings and name not in INJECTED and "_partial_" not in node:
            found.append(f"{where}.{name} has no value: add {where}.{name}=... to the command")


def about_folders(plain: dict[str, Any]) -> list[str]:
    """What is wrong with the folders that a run writes to."""
    found: dict[Path, str] = {}
    for key in _FOLDERS:
        name = select(plain, key)
        if not isinstance(name, str) or name == MISSING or "\0" in name:
            continue
        place = Path(name).expanduser().absolute()
        existing = next(folder for folder in (place, *place.parents) if os.path.exists(folder))
        if not os.path.isdir(existing) or not os.access(existing, os.W_OK):
            found.setdefault(existing, f"{key}={name}: {existing} cannot be written; name another folder")
    return list(found.values())


def _check_target(where: str, node: dict[str, Any], found: list[str]) -> None:
    target = node["_target_"]
    if target == MISSING:
        return
    if not isinstance(target, str) or not _DOTTED.fullmatch(target):
        found.append(f"{where}._target_={target}: expected the dotted name of a class, such as package.module.Name")
        return
    for flag, kind in _FLAGS.items():
        if flag in node and not isinstance(node[flag], kind):
            found.append(f"{where}.{flag}={node[flag]}: expected {kind.__name__}")
    try:
        if target.startswith(_OURS):
            check_node(where, node, target, found)
        elif importlib.util.find_spec(target.partition(".")[0]) is None:
            raise LookupError("no such package is installed")
    except (LookupError, ValueError) as error:
        found.append(f"{where}._target_={target}: {error}")


def _check_parameter(where: str, value: Any, parameter: signature.Parameter, found: list[str]) -> None:
    if not signature.fits(value, parameter.annotation):
        kind = "" if parameter.annotation is None else _kind(ast.unparse(parameter.annotation))
        found.append(f"{where}={_short(value)}: expected {kind}, got {type(value).__name__}")
    elif _is_finite(value) and (bounds := complaint(value, signature.hint(parameter.annotation))) is not None:
        found.append(f"{where}={value}: use {bounds}")
    elif parameter.is_path and isinstance(value, str) and not os.path.exists(os.path.expanduser(value)):
        found.append(f"{where}={_short(value)}: {_advice(value)}")


def _kind(annotation: str) -> str:
    """A type as users know it: `float` for one of our names for a range of floats."""

    def plain(word: re.Match[str]) -> str:
        named = getattr(ranges, word[0], None)
        return get_args(named)[0].__name__ if get_origin(named) is Annotated else word[0]

    return re.sub(r"\w+", plain, annotation)


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) < 300 else f"{text[:100]}... ({len(text)} characters)"


def _is_finite(value: Any) -> bool:
    """Whether nobody has complained about this number yet."""
    return not isinstance(value, float) or math.isfinite(value)


def _advice(value: str) -> str:
    if registry.find(Path(value).name) is not None:
        return bundle.advice(value)
    folder = Path(value).parent
    known = os.listdir(folder) if os.path.isdir(folder) and os.access(folder, os.R_OK) else []
    near = nearest(Path(value).name, known)
    return "no such file or folder" + ("" if near is None else f"; did you mean '{folder / near}'?")
