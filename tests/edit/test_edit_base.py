"""Terms of a composed edit, and no edit at all."""

import numpy as np
import pytest
import torch

from stitch_exp.edit.base import edit_name, merged_terms
from stitch_exp.edit.none import NoEdit
from stitch_exp.types import TunedGenerator, Workspace


@pytest.mark.parametrize(
    ("terms", "merged"),
    [
        (None, {"age": 2.0}),
        ({}, {"age": 2.0}),
        ({"smile": 1}, {"age": 2.0, "smile": 1.0}),
        ({"smile": -1.5, "age": 0}, {"age": 0.0, "smile": -1.5}),
    ],
)
def test_companions_join_the_main_edit_or_replace_it(terms: dict | None, merged: dict[str, float]) -> None:
    found = merged_terms("age", 2.0, terms)
    assert found == merged and next(iter(found)) == "age"
    assert all(isinstance(value, float) for value in found.values())


@pytest.mark.parametrize(
    ("terms", "name"),
    [
        ({"age": 1.0}, "age"),
        ({"age": 1.0, "smile": -2.0}, "age+smile"),
        ({"age": 0.0, "smile": -2.0}, "smile"),
        ({"age": 0.0, "smile": 0.0}, "age+smile"),
    ],
)
def test_an_edit_is_called_by_what_it_does(terms: dict[str, float], name: str) -> None:
    assert edit_name(terms) == name


@pytest.mark.parametrize("count", [0, 1, 3])
def test_no_edit_hands_on_what_it_was_given(count: int) -> None:
    pivots = torch.randn(count, 4, 8)
    edited = NoEdit()(TunedGenerator({}, pivots, np.zeros((count, 2, 2, 3), np.uint8), np.zeros(0)), Workspace())
    assert edited.latents.codes is pivots and (edited.name, edited.terms) == ("none", {})
