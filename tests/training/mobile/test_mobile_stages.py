"""The four stages end to end at toy size, and a killed run that goes on as if nothing had happened."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from stitch_exp.errors import ConfigError
from stitch_exp.inverters.files import load_inverter
from stitch_exp.training.measure import NAMES
from stitch_exp.training.mobile import attributes
from stitch_exp.training.mobile.directions import RATED, SHAPE_ROWS, SHIPPED
from stitch_exp.training.storage import read_tensors

Train = Callable[..., Path]
SAMPLES = ("stage.count=24", "stage.side=64", "stage.rendered_side=512")
TWO_EPOCHS = ("stage.side=64", "stage.max_epochs=2", "stage.check_val_every_n_epoch=1")
ENCODER = (*TWO_EPOCHS, "stage.plan.warmup_steps=1")
LIKENESS = (*TWO_EPOCHS, "stage.plan.updates.warmup_steps=1")


def test_samples_go_on_where_they_were(train: Train, tmp_path: Path) -> None:
    few = (*SAMPLES, "stage.count=4")
    train("mobile_samples", *few)
    pictures = sorted((tmp_path / "samples").glob("*.jpg"))
    assert [picture.name for picture in pictures] == [f"{index:05d}.jpg" for index in range(4)]
    first, second = (picture.read_bytes() for picture in pictures[:2])
    pictures[0].unlink()
    pictures[1].write_bytes(b"kept")
    train("mobile_samples", *few)
    assert pictures[0].read_bytes() == first != second
    assert pictures[1].read_bytes() == b"kept"


def test_killed_encoder_equals_unbroken_one(train: Train) -> None:
    train("mobile_samples", *SAMPLES)
    unbroken = train("mobile_encoder", *ENCODER, name="unbroken") / "encoder.safetensors"
    train("mobile_encoder", *ENCODER, "trainer.max_epochs=1", name="killed")
    resumed = train("mobile_encoder", *ENCODER, name="killed") / "encoder.safetensors"
    for key, value in read_tensors(unbroken)[0].items():
        torch.testing.assert_close(read_tensors(resumed)[0][key], value, rtol=0, atol=0, msg=f"{key} differs")
    inverter = load_inverter(unbroken)
    assert inverter.kind == "e4e"
    assert inverter(torch.zeros(1, 3, 64, 64)).shape == (1, 18, 8)


def test_a_killed_likeness_equals_the_unbroken_one_and_moves_the_encoder(train: Train, tmp_path: Path) -> None:
    train("mobile_samples", *SAMPLES)
    start = train("mobile_encoder", *ENCODER, name="start") / "encoder.safetensors"
    faces = tmp_path / "faces"
    shutil.copytree(tmp_path / "samples", faces, ignore=shutil.ignore_patterns("*.safetensors"))
    options = (f"stage.start={start}", f"stage.faces={faces}", *LIKENESS)
    unbroken = train("mobile_likeness", *options, name="unbroken") / "encoder.safetensors"
    train("mobile_likeness", *options, "trainer.max_epochs=1", name="killed")
    resumed = train("mobile_likeness", *options, name="killed") / "encoder.safetensors"
    before, after = read_tensors(start)[0], read_tensors(unbroken)[0]
    assert before.keys() == after.keys()
    assert any(not torch.equal(before[key], value) for key, value in after.items())
    for key, value in after.items():
        torch.testing.assert_close(read_tensors(resumed)[0][key], value, rtol=0, atol=0, msg=f"{key} differs")


def test_heads_are_the_generators_own_part(train: Train, generator: torch.nn.Module) -> None:
    options = ("stage.count=5", "stage.max_epochs=1", "stage.crop_sides={128: 16, 256: 24}", "loader.batch_size=2")
    state, metadata = read_tensors(train("mobile_heads", *options) / "generator.safetensors")
    wanted = {key: value.shape for key, value in generator.state_dict().items() if ".head" in key}
    assert {key: value.shape for key, value in state.items()} == wanted | {"mapping.w_avg": (8,)}
    assert metadata["network"] == "mobile_stylegan"


def test_directions(train: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    monkeypatch.setattr(attributes, "measure_faces", lambda images: rng.random((len(list(images)), len(NAMES))))
    train("mobile_samples", *SAMPLES, "stage.codes.mixed_share=0.0")
    (tmp_path / "rated" / "faces").mkdir(parents=True)
    lines = [",".join(["stimulus", *RATED])]
    for number in range(1, 13):
        pixels = rng.integers(0, 255, (64, 64, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / "rated" / "faces" / f"{number}.png")
        lines.append(",".join(str(value) for value in (number, *rng.random(len(RATED)))))
    (tmp_path / "ratings.csv").write_text("\n".join(lines))
    inputs = (f"stage.faces={tmp_path / 'rated'}", f"stage.ratings={tmp_path / 'ratings.csv'}", "stage.side=64")
    folder = train("mobile_directions", *inputs)
    tensors, metadata = read_tensors(folder / "directions.safetensors")
    assert set(tensors) == set(SHIPPED)
    assert tensors["age"].shape == (18, 8)
    assert not tensors["age"][SHAPE_ROWS:].any(), "a direction of shape leaves the rows of colours alone"
    assert tensors["age"][:SHAPE_ROWS].unique(dim=0).shape == (1, 8)
    assert tensors["hair_color"].unique(dim=0).shape == (1, 8)
    assert metadata["space"] == "W+"
    figures = json.loads((folder / "mobile_directions" / "directions.json").read_text())
    assert figures["moved_in_deviations"]["age"]["age"] == pytest.approx(1)


def test_a_stage_and_its_model_belong_together(train: Train) -> None:
    with pytest.raises(ConfigError, match="'mobile_samples' does not make model=mini; its stages are generator"):
        train("mobile_samples", "model.name=mini")
