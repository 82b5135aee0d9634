"""A file rewritten as numbers alone stands in for the original."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from stitch_exp.errors import WeightsError
from stitch_exp.weights.convert import convert
from stitch_exp.weights.digests import file_digest
from stitch_exp.weights.reading import read_tensors


def test_convert_keeps_options_and_shared_tensors_once(tmp_path: Path) -> None:
    big = torch.randn(1000)
    content = {"state_dict": {"a": big, "b": big, "c": big[:10]}, "opts": {"encoder_type": "WEncoder"}, "step": 3}
    torch.save(content, tmp_path / "x.pt")
    tensors, metadata = read_tensors(convert(tmp_path / "x.pt"))
    assert metadata["opts"] == {"encoder_type": "WEncoder"} and metadata["origin"]["file"] == "x.pt"
    assert sorted(tensors) == ["state_dict.a", "state_dict.b", "state_dict.c"]
    assert torch.equal(tensors["state_dict.b"], big) and torch.equal(tensors["state_dict.c"], big[:10])
    assert (tmp_path / "x.safetensors").stat().st_size < 6000


def test_what_it_was_made_of_is_written_beside_it(tmp_path: Path) -> None:
    torch.save({"g_ema": {"w": torch.ones(2, 3)}, "step": 7}, tmp_path / "x.pt")
    convert(tmp_path / "x.pt")
    notes = json.loads((tmp_path / "x.json").read_text())
    assert notes == {"file": "x.pt", "sha256": file_digest(tmp_path / "x.pt"), "tensors": 1, "numbers": 6, "step": 7}


def test_what_nothing_reads_is_left_out(tmp_path: Path) -> None:
    parts = ("g_ema", "d", "g_optim", "d_optim", "D", "G", "augment_pipe")
    torch.save({name: {"w": torch.ones(1)} for name in parts} | {"dense.w": torch.ones(2)}, tmp_path / "x.pt")
    tensors, _ = read_tensors(convert(tmp_path / "x.pt", tmp_path / "elsewhere.safetensors"))
    assert sorted(tensors) == ["dense.w", "g_ema.w"] and not (tmp_path / "x.safetensors").exists()


def test_a_file_without_tensors_is_refused(tmp_path: Path) -> None:
    torch.save({"opts": {"a": 1}}, tmp_path / "x.pt")
    with pytest.raises(WeightsError, match=r"x\.pt' holds no tensors"):
        convert(tmp_path / "x.pt")
    assert [path.name for path in tmp_path.iterdir()] == ["x.pt"]


def test_an_older_copy_is_never_overwritten(tmp_path: Path) -> None:
    torch.save({"w": torch.ones(1)}, tmp_path / "x.pt")
    (tmp_path / "x.safetensors").write_bytes(b"mine")
    with pytest.raises(WeightsError, match=r"x\.safetensors' is there already; delete it to convert again"):
        convert(tmp_path / "x.pt")
    assert (tmp_path / "x.safetensors").read_bytes() == b"mine"


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64, torch.int64, torch.bool])
def test_every_kind_of_number_stays_as_it_is(tmp_path: Path, dtype: torch.dtype) -> None:
    values = torch.tensor([[0, 1, 1], [1, 0, 1]]).to(dtype)
    torch.save({"turned": values.T, "one": values[0, 1]}, tmp_path / "x.pt")
    tensors, _ = read_tensors(convert(tmp_path / "x.pt"))
    assert tensors["turned"].dtype == dtype and torch.equal(tensors["turned"], values.T)
    assert tensors["one"].shape == () and bool(tensors["one"])


def test_a_converted_file_converts_to_itself(tmp_path: Path) -> None:
    shared = torch.arange(5.0)
    torch.save({"a": shared, "b": shared, "opts": {"k": [1, "two"]}}, tmp_path / "x.pt")
    once = convert(tmp_path / "x.pt")
    again = convert(once, tmp_path / "y.safetensors")
    first, second = read_tensors(once), read_tensors(again)
    assert first[0].keys() == second[0].keys() and first[1]["opts"] == second[1]["opts"] == {"k": [1, "two"]}
    assert torch.equal(second[0]["b"], shared) and second[1]["origin"]["file"] == "x.safetensors"


def test_a_model_of_tensorflow_js_is_not_overwritten_by_notes_about_it(tmp_path: Path) -> None:
    group = {"paths": ["x.bin"], "weights": [{"name": "w", "shape": [1], "dtype": "float32"}]}
    content = json.dumps({"format": "graph-model", "weightsManifest": [group]})
    (tmp_path / "x.json").write_text(content)
    (tmp_path / "x.bin").write_bytes(bytes(4))
    written = convert(tmp_path / "x.json")
    assert (tmp_path / "x.json").read_text() == content
    notes = json.loads((tmp_path / "x.safetensors.json").read_text())
    assert notes["file"] == "x.json" and read_tensors(written)[0]["w"].tolist() == [0.0]


def test_a_file_that_needs_no_conversion_is_not_to_be_deleted(tmp_path: Path) -> None:
    save_file({"w": torch.ones(1)}, tmp_path / "x.safetensors")
    with pytest.raises(WeightsError, match="is a safetensors file already; name it in the config as it is"):
        convert(tmp_path / "x.safetensors")
    assert read_tensors(tmp_path / "x.safetensors")[0]["w"].tolist() == [1.0]


def test_a_missing_file_is_said_whatever_is_beside_it(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"gone\.pt' is missing"):
        convert(tmp_path / "gone.pt")
    (tmp_path / "gone.safetensors").touch()
    with pytest.raises(WeightsError, match="is there already"):
        convert(tmp_path / "gone.pt")
