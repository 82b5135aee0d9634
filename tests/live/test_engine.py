"""Who runs the live network: onnxruntime on a file of these very weights, or torch."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from stitch_exp.errors import ConfigError
from stitch_exp.live.engine import engine_of
from stitch_exp.networks.live_files import LiveEdit, LiveModel, export_onnx, save_live
from stitch_exp.networks.live_unet import LiveUNet
from tests.ops.test_detail_map import detail_map

SIDE = 32
CROP = np.random.default_rng(0).integers(0, 200, (SIDE, SIDE, 3)).astype(np.uint8)
MARKS = detail_map(SIDE).home + 2.0


def network(seed: int) -> LiveUNet:
    torch.manual_seed(seed)
    return LiveUNet(widths=(8, 12), depths=(1, 1)).eval()


def saved(folder: Path, seed: int = 0) -> Path:
    path = folder / "live.safetensors"
    save_live(LiveModel(network(seed), LiveEdit(SIDE, {"age": 1.0}), detail_map(SIDE)), path)
    return path


def by_torch(path: Path, monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "onnxruntime", None)
        run, edit, name = engine_of(path)
        assert (name, edit.side) == ("torch, cpu", SIDE)
        with pytest.raises(ConfigError, match="needs onnxruntime"):
            engine_of(path, "cuda")
    assert (run(CROP, 0.0, MARKS) == 0).all()
    return run(CROP, 0.5, MARKS)


def test_both_engines_say_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path)
    wanted = by_torch(path, monkeypatch)
    run, _, name = engine_of(path)
    assert name == "onnxruntime, cpu" and (tmp_path / "live.onnx").is_file()
    found = run(CROP, 0.5, MARKS)
    assert found.shape == CROP.shape and np.abs(found).max() > 0
    assert np.abs(found - wanted).max() < 1e-3 * 127.5
    assert (run(CROP, 0.0, MARKS) == 0).all()


def test_the_change_follows_the_landmarks(tmp_path: Path) -> None:
    run, _, _ = engine_of(saved(tmp_path))
    centres = []
    for shift in (-2.0, 2.0):
        strength = run(CROP, 1.0, MARKS - 2.0 + np.array([shift, 0.0])).sum(axis=2)
        centres.append(float((strength.sum(axis=0) * np.arange(SIDE)).sum() / strength.sum()))
    assert centres[1] - centres[0] == pytest.approx(4.0, abs=0.8)


def test_an_export_of_other_weights_or_a_damaged_one_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, exported = saved(tmp_path, seed=1), tmp_path / "live.onnx"
    wanted = by_torch(path, monkeypatch)
    export_onnx(network(0), SIDE, exported)
    assert np.abs(engine_of(path)[0](CROP, 0.5, MARKS) - wanted).max() < 1e-3 * 127.5
    fresh = exported.stat().st_mtime_ns
    engine_of(path)
    assert exported.stat().st_mtime_ns == fresh  # a good one is kept
    exported.write_bytes(exported.read_bytes()[:1000])
    assert np.abs(engine_of(path)[0](CROP, 0.5, MARKS) - wanted).max() < 1e-3 * 127.5


def test_a_stale_export_that_cannot_be_made_anew_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = saved(tmp_path, seed=1)
    wanted = by_torch(path, monkeypatch)
    export_onnx(network(0), SIDE, tmp_path / "live.onnx")
    monkeypatch.setitem(sys.modules, "onnx", None)
    run, _, name = engine_of(path)
    assert name == "torch, cpu" and np.array_equal(run(CROP, 0.5, MARKS), wanted)
    assert "of other weights" in caplog.text


def test_a_provider_that_this_build_lacks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no OpenVINOExecutionProvider"):
        engine_of(saved(tmp_path), "openvino")
