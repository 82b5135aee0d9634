"""Models of TensorFlow.js: a manifest, and numbers beside it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from stitch_exp.errors import WeightsError
from stitch_exp.weights.limits import Refused
from stitch_exp.weights.reading import read_tensors
from stitch_exp.weights.tfjs_files import read_tfjs


def model(folder: Path, groups: list[dict[str, Any]], parts: dict[str, bytes], **more: object) -> Path:
    for name, data in parts.items():
        (folder / name).write_bytes(data)
    (folder / "model.json").write_text(json.dumps({"format": "graph-model", "weightsManifest": groups, **more}))
    return folder / "model.json"


def weight(name: str, shape: list[int], dtype: str = "float32", **quantization: object) -> dict[str, Any]:
    return {"name": name, "shape": shape, "dtype": dtype} | ({"quantization": quantization} if quantization else {})


def test_tensors_follow_one_another_over_the_ends_of_files(tmp_path: Path) -> None:
    data = np.arange(6, dtype="<f4").tobytes() + np.array([7], "<i4").tobytes()
    groups = [{"paths": ["a.bin", "b.bin"], "weights": [weight("w", [2, 3]), weight("n", [], "int32")]}]
    tensors, _ = read_tfjs(model(tmp_path, groups, {"a.bin": data[:10], "b.bin": data[10:]}))
    assert tensors["w"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert tensors["n"].dtype == torch.int32 and tensors["n"].item() == 7


def test_each_group_has_files_of_its_own(tmp_path: Path) -> None:
    groups = [{"paths": [f"{name}.bin"], "weights": [weight(name, [1])]} for name in "ab"]
    parts = {f"{name}.bin": np.array([value], "<f4").tobytes() for name, value in (("a", 1.0), ("b", 2.0))}
    tensors, _ = read_tfjs(model(tmp_path, groups, parts))
    assert {name: value.item() for name, value in tensors.items()} == {"a": 1.0, "b": 2.0}


@pytest.mark.parametrize(("dtype", "numpy_type"), [("uint8", "u1"), ("uint16", "<u2")])
def test_integers_with_a_scale_become_numbers(tmp_path: Path, dtype: str, numpy_type: str) -> None:
    data = np.array([0, 1, 200], numpy_type).tobytes()
    groups = [{"paths": ["a"], "weights": [weight("w", [3], dtype=dtype, scale=0.5, min=-1.0)]}]
    groups[0]["weights"][0]["quantization"]["dtype"] = dtype
    tensors, _ = read_tfjs(model(tmp_path, groups, {"a": data}))
    assert tensors["w"].dtype == torch.float32 and tensors["w"].tolist() == [-1.0, -0.5, 99.0]


def test_half_precision_stays_half(tmp_path: Path) -> None:
    entry = weight("w", [2]) | {"quantization": {"dtype": "float16"}}
    groups = [{"paths": ["a"], "weights": [entry]}]
    tensors, _ = read_tfjs(model(tmp_path, groups, {"a": np.array([0.5, -2], "<f2").tobytes()}))
    assert tensors["w"].dtype == torch.float16 and tensors["w"].tolist() == [0.5, -2.0]


def test_who_made_it_is_kept_and_nothing_else(tmp_path: Path) -> None:
    path = model(tmp_path, [], {}, generatedBy="2.3", convertedBy="converter v1", modelTopology={"node": []})
    assert read_tfjs(path) == ({}, {"generatedBy": "2.3", "convertedBy": "converter v1"})


@pytest.mark.parametrize("name", ["../secret.bin", "/etc/passwd", "sub/a.bin", "."])
def test_numbers_outside_its_folder_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "secret.bin").write_bytes(bytes(4))
    with pytest.raises(Refused, match=r"outside its folder"):
        read_tfjs(model(tmp_path / "m", [{"paths": [name], "weights": [weight("w", [1])]}], {}))


def test_a_missing_part_is_named(tmp_path: Path) -> None:
    path = model(tmp_path, [{"paths": ["gone.bin"], "weights": []}], {})
    with pytest.raises(
        WeightsError, match=r"model\.json' is refused: its numbers are in 'gone\.bin', which is missing"
    ):
        read_tensors(path)


def test_text_is_no_weight(tmp_path: Path) -> None:
    path = model(tmp_path, [{"paths": ["a"], "weights": [weight("labels", [1], "string")]}], {"a": b"abcd"})
    with pytest.raises(Refused, match="tensor labels holds string, not numbers"):
        read_tfjs(path)


@pytest.mark.parametrize("shape", [[2, 2], [1 << 40], [-1], [2, -2]])
def test_a_shape_beyond_its_bytes_is_said(tmp_path: Path, shape: list[int]) -> None:
    path = model(tmp_path, [{"paths": ["a"], "weights": [weight("w", shape)]}], {"a": bytes(8)})
    with pytest.raises(ValueError, match=r"tensor w reaches byte -?\d+ of 8"):
        read_tfjs(path)


@pytest.mark.parametrize(
    "text", ['{"weightsManifest": [{"paths": ["a"]}]}', '{"weightsManifest": 3}', '{"modelTopology": 1}']
)
def test_a_damaged_manifest_is_an_error_of_ours(tmp_path: Path, text: str) -> None:
    (tmp_path / "model.json").write_text(text)
    (tmp_path / "a").write_bytes(b"")
    with pytest.raises(WeightsError, match="damaged or was cut short"):
        read_tensors(tmp_path / "model.json")


def tfjs(folder: Path, **changes: object) -> Path:
    entry = {
        "name": "a",
        "shape": [2],
        "dtype": "float32",
        "quantization": {"dtype": "uint8", "scale": 0.5, "min": -1.0},
    }
    half = {"name": "b", "shape": [1], "dtype": "float32", "quantization": {"dtype": "float16"}}
    group = {"paths": ["x.bin"], "weights": [entry | changes, half]}
    (folder / "x.bin").write_bytes(bytes((2, 4)) + np.float16(1.5).tobytes())
    model = {"format": "graph-model", "modelTopology": {}, "weightsManifest": [group]}
    (folder / "x.json").write_text(json.dumps(model))
    return folder / "x.json"


def test_models_of_tensorflow_js_are_read(tmp_path: Path) -> None:
    tensors, _ = read_tensors(tfjs(tmp_path))
    assert tensors["a"].tolist() == [0.0, 1.0] and tensors["b"].dtype == torch.float16
    for change, told in {"shape": "reaches byte"}.items():
        with pytest.raises(WeightsError, match=told):
            read_tensors(tfjs(tmp_path, **{change: [1 << 40]}))
    (tmp_path / "x.bin").unlink()
    with pytest.raises(WeightsError, match=r"'x\.bin', which is missing beside it"):
        read_tensors(tmp_path / "x.json")


def test_a_part_named_again_and_again_does_not_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stitch_exp.weights.limits.SPARE_BYTES", 1 << 20)
    groups = [{"paths": ["a.bin"] * 50, "weights": [weight("w", [1])]}]
    with pytest.raises(Refused, match="would become"):
        read_tfjs(model(tmp_path, groups, {"a.bin": bytes(1 << 18)}))
    several = [{"paths": ["a.bin"], "weights": [weight(f"w{index}", [1])]} for index in range(50)]
    with pytest.raises(Refused, match="would become"):
        read_tfjs(model(tmp_path, several, {"a.bin": bytes(1 << 18)}))
