"""What a checkpoint holds, flattened."""

from pathlib import Path

import numpy as np
import pytest
import torch

from stitch_exp.errors import WeightsError
from stitch_exp.weights.limits import Refused
from stitch_exp.weights.pickle_handlers import Lazy, Module, Storage
from stitch_exp.weights.reading import read_tensors
from stitch_exp.weights.trees import join, split


def test_a_tree_that_repeats_itself_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stitch_exp.weights.trees.MAX_ENTRIES", 2000)
    loop: dict = {}
    for _ in range(40):
        loop = {"a": loop, "b": loop}
    torch.save(loop, tmp_path / "x.pt")
    with pytest.raises(WeightsError, match="more entries"):
        read_tensors(tmp_path / "x.pt")


def test_names_are_paths_and_plain_values_stay_nested() -> None:
    tree = {"state": {"a": torch.ones(2), 3: torch.zeros(1)}, "opts": {"lr": 0.1, "names": ["x", None]}, "step": 5}
    tensors, rest = split(tree)
    assert list(tensors) == ["state.a", "state.3"]
    assert rest == {"opts": {"lr": 0.1, "names": ["x", None]}, "step": 5}


def test_arrays_become_tensors_wherever_they_are() -> None:
    tensors, rest = split({"a": np.float64([1, 2]), "b": Lazy(np.int16([[3]])), "c": [torch.ones(1), "kept?"]})
    assert tensors["a"].dtype == torch.float64 and tensors["b"].tolist() == [[3]]
    assert list(tensors) == ["a", "b", "c.0"] and rest == {}


def test_a_parameter_loses_its_gradient() -> None:
    tensors, _ = split({"w": torch.nn.Parameter(torch.ones(1))})
    assert not tensors["w"].requires_grad


def network(**state: object) -> Module:
    module = Module(state)
    module.class_name = "Generator"
    return module


def test_a_network_is_named_as_its_state_dict() -> None:
    inner = network(_parameters={"weight": torch.ones(2), "bias": None}, _buffers={"mean": torch.zeros(1)})
    outer = network(_modules={"fc": inner}, _init_kwargs={"z_dim": 4}, training=True, _forward_hooks={})
    tensors, rest = split({"G": outer})
    assert list(tensors) == ["G.fc.weight", "G.fc.mean"]
    assert rest == {"G": {"class_name": "Generator", "init_kwargs": {"z_dim": 4}}}


@pytest.mark.parametrize("bare", [torch.ones(3), [torch.ones(3)], 5, "text", None, []])
def test_a_bare_value_at_the_root(bare: object) -> None:
    tensors, rest = split(bare)
    assert rest == {} and all(torch.equal(value, torch.ones(3)) for value in tensors.values())


def test_bytes_and_bare_storages_are_no_weights() -> None:
    storage = Storage(torch.UntypedStorage(4), torch.float32)
    assert split({"a": b"123", "b": storage, "c": {1, 2}.__class__}) == ({}, {"c": "<class 'set'>"})


def test_a_deep_tree_is_refused() -> None:
    tree: dict = {}
    for _ in range(100):
        tree = {"a": tree}
    with pytest.raises(Refused, match="nested deeper"):
        split(tree)


def test_an_array_of_the_other_byte_order_is_read() -> None:
    tensors, _ = split({"a": np.array([1.0, 2.5], ">f4"), "b": Lazy(np.array([258], ">i2"))})
    assert tensors["a"].tolist() == [1.0, 2.5] and tensors["b"].tolist() == [258]


def test_paths_are_joined_with_dots() -> None:
    assert join("", 3) == "3" and join("a.b", "c") == "a.b.c"
