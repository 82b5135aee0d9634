"""Constructors are read from source, without importing the modules they live in."""

import ast
import subprocess
import sys

import pytest

from stitch_exp.config.signature import fits, hint, parameters
from stitch_exp.settings import complaint


def annotation(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


@pytest.mark.parametrize(
    ("value", "text", "expected"),
    [
        (1, "int", True),
        (1, "float", True),
        (1.5, "int", False),
        (True, "int", False),
        (True, "bool", True),
        ("1", "int", False),
        (None, "int | None", True),
        (None, "int", False),
        ("mean", 'Literal["mean", "sum"]', True),
        ("median", 'Literal["mean", "sum"]', False),
        ([1, 2], "list[int]", True),
        ([1, "a"], "list[int]", False),
        ([0.5, 0.5], "tuple[float, float]", True),
        ([0.5], "tuple[float, float]", False),
        ({"age": 1}, "Mapping[str, float] | None", True),
        ({"age": "old"}, "dict[str, float]", False),
        ("clip.mp4", "Path", True),
        (3, "Path", False),
        (object(), "torch.nn.Module", True),
        (1, "Count", True),
        (1.5, "Count", False),
        ("a", "Annotated[float, Range(0, 1)]", False),
    ],
)
def test_plain_values_against_annotations(value, text, expected):
    assert fits(value, annotation(text)) is expected


@pytest.mark.parametrize(
    ("value", "text", "bounds"),
    [
        (0, "Count", "at least 1"),
        (0, "Count | None", "at least 1"),
        (None, "Count | None", None),
        (2.0, "Annotated[float, Range(0, high=1)]", "at least 0 and at most 1"),
        ([0.5, 2.0], "tuple[Share, Share]", "at least 0 and at most 1"),
        ({"age": float("nan")}, "Mapping[str, float]", "a finite number"),
        ("auto", "str | Share", None),
        (3, "Detector", None),
    ],
)
def test_ranges_are_read_from_source(value, text, bounds):
    wrong = complaint(value, hint(annotation(text)))
    assert (wrong and str(wrong)) == bounds


def test_reading_a_constructor_imports_nothing_heavy():
    code = (
        "import sys; from stitch_exp.config.signature import parameters;"
        "found = parameters('stitch_exp.networks.stylegan2.Generator');"
        "assert found['img_resolution'].required; assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_unknown_names_are_said():
    with pytest.raises(LookupError, match="defines no Nothing"):
        parameters("stitch_exp.errors.Nothing")
    with pytest.raises(LookupError, match="nowhere"):
        parameters("stitch_exp.nowhere.Thing")
