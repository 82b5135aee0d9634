"""Every stage end to end at toy size, and a killed run that goes on as if nothing had happened."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from stitch_exp.errors import ConfigError, DataError, WeightsError
from stitch_exp.training import directions_stage
from stitch_exp.training.measure import NAMES
from stitch_exp.training.storage import read_tensors, save_network

GENERATOR = ("stage.max_epochs=2", "stage.plan.adversarial_from=1", "stage.plan.penalty_every=2")


def test_generator_mapping_encoder_and_directions(
    train: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train("generator", *GENERATOR, "stage.plan.identity_weight=0.5")
    train("mapping", "stage.max_epochs=1", "stage.batch_size=8", "stage.steps_per_epoch=2")
    train(
        "encoder", "stage.max_epochs=1", "stage.check_val_every_n_epoch=1", "stage.plan.identity_weight=0.5",
        "stage.plan.mixed_part=0.5", "stage.plan.decay_steps=4",
    )  # fmt: skip
    rng = np.random.default_rng(0)
    monkeypatch.setattr(directions_stage, "measure_rows", lambda _, names, __: rng.random((len(names), len(NAMES))))
    weights = train("directions", f"stage.ratings={_ratings(tmp_path, rng)}")
    tensors, metadata = read_tensors(weights / "directions.safetensors")
    assert tensors["age"].shape == (8, 16)
    assert "standard deviation" in metadata["unit"]
    assert read_tensors(weights / "encoder.safetensors")[1]["config"]["num_styles"] == 8
    assert read_tensors(weights / "generator.safetensors")[1]["licence"].startswith("CC-BY-NC-SA")


def _ratings(folder: Path, rng: np.random.Generator) -> Path:
    columns = [*directions_stage.RATINGS.values(), *directions_stage.CONTROLS.values()]
    rows = [",".join(["stimulus", *columns])]
    rows += [",".join(str(value) for value in (number, *rng.random(len(columns)))) for number in range(1, 25)]
    (folder / "ratings.csv").write_text("\n".join(rows))
    return folder / "ratings.csv"


def test_killed_run_equals_unbroken_one(train: Callable[..., Path]) -> None:
    unbroken, _ = read_tensors(train("generator", *GENERATOR, name="unbroken") / "generator.safetensors")
    train("generator", *GENERATOR, "stage.max_epochs=1", name="killed")
    resumed, _ = read_tensors(train("generator", *GENERATOR, name="killed") / "generator.safetensors")
    for key, value in unbroken.items():
        torch.testing.assert_close(resumed[key], value, rtol=0, atol=0, msg=f"{key} differs after a resume")


def test_codes_give_a_quick_start(train: Callable[..., Path], tmp_path: Path) -> None:
    rows = "\n".join(f"faces/{number}" for number in range(2, 25) if number != 21)
    codes = torch.randn(22, 8, 16)
    save_network(tmp_path / "c.safetensors", {"codes": codes}, network="codes", arguments={}, licence="x", rows=rows)
    weights = train("generator", "stage.max_epochs=1")
    train(
        "rebase",
        f"stage.start={weights / 'generator.safetensors'}",
        f"stage.codes={tmp_path / 'c.safetensors'}",
        name="rebased",
    )
    based = tmp_path / "rebased" / "weights"
    options = (f"stage.codes={based / 'codes.safetensors'}", "stage.max_epochs=1")
    train("generator", *options, "stage.plan.from_codes=true", "stage.plan.coarse_until=1", name="rebased")
    train("encoder", *options, "stage.plan.code_steps=1", name="rebased")


def test_missing_codes_are_named(train: Callable[..., Path], tmp_path: Path) -> None:
    codes = torch.zeros(1, 8, 16)
    save_network(tmp_path / "c.safetensors", {"codes": codes}, network="c", arguments={}, licence="x", rows="faces/2")
    with pytest.raises(DataError, match="no code for 21 training images, the first is 'faces/10'"):
        train("generator", f"stage.codes={tmp_path / 'c.safetensors'}")


def test_mistakes_are_explained(train: Callable[..., Path], tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="run the training stage that makes them first"):
        train("encoder", "stage.max_epochs=1")
    with pytest.raises(ConfigError, match="training stage 'generater' is unknown"):
        train("generator", "stage.name=generater")
    with pytest.raises(DataError, match="does not exist; set data="):
        train("generator", f"data={tmp_path / 'nowhere'}")
