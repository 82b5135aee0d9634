"""Read a class's constructor from its source, so that settings are checked without importing torch."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Union, get_args

from stitch_exp.settings import ALIASES, Range

_ROOT = Path(__file__).resolve().parents[2]

_SCALARS: dict[str, tuple[type, ...]] = {
    "bool": (bool,),
    "int": (int,),
    "float": (int, float),
    "str": (str,),
    "Path": (str, Path),
    "None": (type(None),),
}
_ANYTHING = frozenset({"Any", "object"})
_PLAIN = (bool, int, float, str, list, tuple, dict, type(None))


@dataclass(frozen=True, slots=True)
class Parameter:
    """One keyword of a constructor."""

    name: str
    annotation: ast.expr | None
    required: bool

    @property
    def is_path(self) -> bool:
        """Whether the value names an existing file or folder."""
        return self.name == "path" or (self.annotation is not None and "Path" in _names(self.annotation))


@cache
def parameters(target: str) -> dict[str, Parameter] | None:
    """Keywords of `package.module.Name`, or None when it is neither a class nor a function.

    Raises:
        LookupError: The module or the name does not exist.
    """
    module, _, name = target.rpartition(".")
    tree = _tree(module)
    found = [node for node in tree.body if getattr(node, "name", None) == name]
    if not found:
        return parameters(f"{_origin(tree, module, name)}.{name}")
    return _of_node(found[-1], module)


def _of_node(node: ast.stmt, module: str) -> dict[str, Parameter] | None:
    if isinstance(node, ast.FunctionDef):
        known = _from_function(node, skip_first=False)
    elif isinstance(node, ast.ClassDef):
        init = [part for part in node.body if isinstance(part, ast.FunctionDef) and part.name == "__init__"]
        known = _from_function(init[0], skip_first=True) if init else _from_fields(node)
    else:
        return None
    return {name: replace(item, annotation=_without_aliases(item.annotation, module)) for name, item in known.items()}


def _without_aliases(annotation: ast.expr | None, module: str) -> ast.expr | None:
    """The annotation with a name that a module gives to a list of words (`Padding = Literal[...]`) spelled out."""
    if isinstance(annotation, ast.BinOp):
        left, right = (_without_aliases(part, module) for part in (annotation.left, annotation.right))
        return ast.BinOp(left, annotation.op, right) if left and right else annotation
    if not isinstance(annotation, ast.Name) or annotation.id in _SCALARS or annotation.id in ALIASES:
        return annotation
    return _words_named(annotation.id, module) or annotation


def _words_named(name: str, module: str) -> ast.expr | None:
    try:
        tree = _tree(module)
        for node in tree.body:
            if isinstance(node, ast.Assign) and name in [ast.unparse(target) for target in node.targets]:
                return node.value if ast.unparse(node.value).startswith("Literal[") else None
        return _words_named(name, _origin(tree, module, name))
    except LookupError:
        return None


def fits(value: Any, annotation: ast.expr | None) -> bool:
    """Whether a plain value fits an annotation; of a class, only a node with a `_target_` does."""
    if annotation is None or (isinstance(annotation, ast.Constant) and isinstance(annotation.value, str)):
        return True
    if isinstance(annotation, ast.Constant):
        return annotation.value is value
    if isinstance(annotation, ast.BinOp):
        return fits(value, annotation.left) or fits(value, annotation.right)
    if isinstance(annotation, ast.Subscript):
        return _fits_subscript(value, annotation)
    return _fits_name(value, ast.unparse(annotation).rpartition(".")[2])


def hint(annotation: ast.expr | None) -> Any:
    """The type an annotation stands for, as far as it bounds numbers; `Any` where it does not."""
    if isinstance(annotation, ast.BinOp):
        return Union[hint(annotation.left), hint(annotation.right)]  # noqa: UP007
    if isinstance(annotation, ast.Subscript):
        return _bounded(annotation)
    name = "" if annotation is None else ast.unparse(annotation).rpartition(".")[2]
    return ALIASES.get(name, {"int": int, "float": float}.get(name, Any))


def _bounded(annotation: ast.Subscript) -> Any:
    head = ast.unparse(annotation.value).rpartition(".")[2].lower()
    parts = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
    if head == "annotated" and isinstance(parts[1], ast.Call) and ast.unparse(parts[1].func) == "Range":
        named = {str(item.arg): ast.literal_eval(item.value) for item in parts[1].keywords}
        bounds = Range(*(ast.literal_eval(item) for item in parts[1].args), **named)
        return Annotated[hint(parts[0]), bounds]
    if head in ("list", "sequence", "tuple"):
        return list[hint(parts[0])]
    return dict[str, hint(parts[1])] if head in ("dict", "mapping") else Any


def _fits_name(value: Any, name: str) -> bool:
    if name in ALIASES:
        name = get_args(ALIASES[name])[0].__name__
    if name not in _SCALARS:
        return name in _ANYTHING or not isinstance(value, _PLAIN) or (isinstance(value, dict) and "_target_" in value)
    if isinstance(value, bool):
        return name == "bool"
    return isinstance(value, _SCALARS[name])


def _fits_subscript(value: Any, annotation: ast.Subscript) -> bool:
    head = ast.unparse(annotation.value).rpartition(".")[2].lower()
    parts = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
    if head == "literal":
        return value in [part.value for part in parts if isinstance(part, ast.Constant)]
    if head == "annotated":
        return fits(value, parts[0])
    if head in ("list", "sequence"):
        return isinstance(value, list | tuple) and all(fits(item, parts[0]) for item in value)
    if head == "tuple":
        kinds = [parts[0]] * len(value) if len(parts) == 2 and ast.unparse(parts[1]) == "..." else parts
        fit = isinstance(value, list | tuple) and len(value) == len(kinds)
        return fit and all(fits(item, kind) for item, kind in zip(value, kinds, strict=True))
    if head in ("dict", "mapping"):
        return isinstance(value, dict) and all(fits(item, parts[1]) for item in value.values())
    return True


def _names(annotation: ast.expr) -> set[str]:
    return {node.id for node in ast.walk(annotation) if isinstance(node, ast.Name)}


def _origin(tree: ast.Module, module: str, name: str) -> str:
    """The module a package's `__init__` imports a name from."""
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module and name in [alias.name for alias in node.names]:
            return node.module
    raise LookupError(f"{module} defines no {name}")


@cache
def _tree(module: str) -> ast.Module:
    """Source of a module of this package, found by path: importing its parents would cost seconds."""
    place = _ROOT.joinpath(*module.split("."))
    for path in (place.with_suffix(".py"), place / "__init__.py"):
        if path.is_file():
            return ast.parse(path.read_text())
    raise LookupError(f"no module {module}")


def _from_function(node: ast.FunctionDef, skip_first: bool) -> dict[str, Parameter]:
    positional = node.args.posonlyargs + node.args.args
    missing = len(positional) - len(node.args.defaults)
    found = [Parameter(arg.arg, arg.annotation, index < missing) for index, arg in enumerate(positional)]
    pairs = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
    found += [Parameter(arg.arg, arg.annotation, default is None) for arg, default in pairs]
    return {item.name: item for item in found[int(skip_first) :]}


def _from_fields(node: ast.ClassDef) -> dict[str, Parameter]:
    fields = [part for part in node.body if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)]
    return {part.target.id: Parameter(part.target.id, part.annotation, part.value is None) for part in fields}
