"""The house stays in order: functions read at a glance, rooms of one subject, and each with its row in the contract."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from stitch_exp.config.schema import PROJECT

PACKAGE = PROJECT / "stitch_exp"
MOST_LINES = {"networks": 3300, "app": 1500, "metrics": 1500}
LONGEST_FUNCTION, MOST_ARGUMENTS = 40, 8
FROM_WEIGHT_FILES = {"stitch_exp.networks.stylegan3.Generator"}
"""Classes whose settings are read from the `config` of a weight file, in the words of its publisher."""


def modules(room: Path = PACKAGE) -> dict[str, ast.Module]:
    """The syntax of every module, by its dotted name."""
    return {
        ".".join(path.relative_to(PROJECT).with_suffix("").parts): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(room.rglob("*.py"))
    }


def functions(tree: ast.Module, module: str) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Functions and methods of a module; a constructor goes by the name of its class."""
    owners = {id(inner): node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for inner in node.body}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            owner = owners.get(id(node))
            parts = (module, owner, None if owner and node.name == "__init__" else node.name)
            yield ".".join(part for part in parts if part), node


def settings_classes() -> set[str]:
    """Classes that a YAML file names: their constructors' keywords are settings."""
    found: set[str] = set(FROM_WEIGHT_FILES)

    def visit(node: object) -> None:
        if isinstance(node, dict):
            found.add(str(node.get("_target_", "")))
            for part in node.values():
                visit(part)
        elif isinstance(node, list):
            for part in node:
                visit(part)

    for path in (PROJECT / "conf").rglob("*.yaml"):
        visit(yaml.safe_load(path.read_text(encoding="utf-8")))
    return {name.rpartition(".")[2] for name in found}


def num_arguments(node: ast.FunctionDef) -> int:
    """How many things a caller may hand over."""
    given = node.args
    named = [part.arg for part in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    return len([name for name in named if name not in ("self", "cls")]) + bool(given.vararg) + bool(given.kwarg)


def contract() -> tuple[list[set[str]], set[str]]:
    """The rows of the import contract from top to bottom, and the packages that must not import Hydra."""
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    direction, hydra = settings["tool"]["importlinter"]["contracts"]
    rows = [{name.strip() for name in row.split("|")} for row in direction["layers"]]
    return rows, {name.removeprefix("stitch_exp.") for name in hydra["source_modules"]}


def test_no_function_is_longer_than_a_glance() -> None:
    long = [
        f"{name}: {node.end_lineno - node.lineno + 1} lines"
        for module, tree in modules().items()
        for name, node in functions(tree, module)
        if node.end_lineno is not None and node.end_lineno - node.lineno >= LONGEST_FUNCTION
    ]
    assert long == []


def test_many_arguments_are_settings() -> None:
    settings = settings_classes()
    many = [
        f"{name}: {num_arguments(node)} arguments"
        for module, tree in modules().items()
        for name, node in functions(tree, module)
        if num_arguments(node) > MOST_ARGUMENTS and name.rpartition(".")[2] not in settings
    ]
    assert many == []


@pytest.mark.parametrize("room", MOST_LINES)
def test_rooms_hold_one_subject(room: str) -> None:
    lines = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in (PACKAGE / room).rglob("*.py"))
    assert lines < MOST_LINES[room]


def test_every_package_has_its_row_and_says_what_it_is() -> None:
    rows, _ = contract()
    rooms = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    files = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"}
    assert set().union(*rows) == rooms | files
    assert all(ast.get_docstring(modules(PACKAGE / room)[f"stitch_exp.{room}.__init__"]) for room in rooms)


def test_only_the_edge_may_know_hydra() -> None:
    rows, without_hydra = contract()
    assert without_hydra == set().union(*rows[6:])


def test_no_two_test_files_have_one_name() -> None:
    """Without packages in `tests/`, pytest takes a second file of a name for the first."""
    names = [path.name for path in (PROJECT / "tests").rglob("test_*.py")]
    assert sorted({name for name in names if names.count(name) > 1}) == []
