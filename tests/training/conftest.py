"""A toy model, toy faces and the real configuration around them."""

from collections.abc import Callable
from pathlib import Path

import hydra
import numpy as np
import pytest
import torch
from omegaconf import OmegaConf
from PIL import Image

from stitch_exp.training.start import run

CONFIG = str(Path(__file__).parents[2] / "conf" / "training")
TOY = [
    # torch 2.14 crashes in the backward pass of channels-last convolutions this narrow on a CPU with AVX2 only.
    "channels_last=false",
    "model.generator.z_dim=16",
    "model.generator.w_dim=16",
    "model.generator.img_resolution=32",
    "model.generator.num_mapping_layers=2",
    "model.generator.channel_base=128",
    "model.generator.channel_max=8",
    "model.encoder.input_size=64",
    "model.encoder.widths=[4,4,8,8,8]",
    "model.encoder.num_units=[1,1,1,1]",
    "model.encoder.pyramid_width=8",
    "model.encoder.head_width=4",
    "model.critic.width=4",
    "model.critic.max_width=8",
    "model.critic.patch_side=8",
    "loader.batch_size=4",
    "loader.steps_per_epoch=2",
    "threads=1",
    "trainer.accelerator=cpu",
    "trainer.log_every_n_steps=1",
    "half=false",
]


@pytest.fixture(scope="session")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """24 smooth random pictures `faces/N.png`, two of them held out."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "faces").mkdir()
    rng = np.random.default_rng(0)
    for number in range(1, 25):
        coarse = Image.fromarray(rng.integers(0, 255, (4, 4, 3), dtype=np.uint8))
        coarse.resize((64, 64), Image.Resampling.BICUBIC).save(folder / "faces" / f"{number}.png")
    return folder


@pytest.fixture
def train(faces: Path, tmp_path: Path) -> Callable[..., Path]:
    """Runs one stage with the project's configuration at toy size; returns the folder of the weights."""

    def start(stage: str, *overrides: str, name: str = "run") -> Path:
        folders = [f"run_folder={tmp_path / name / stage}", f"out={tmp_path / name / 'weights'}"]
        with hydra.initialize_config_dir(CONFIG, version_base="1.3"):
            cfg = hydra.compose("training", [f"stage={stage}", f"data={faces}", *TOY, *folders, *overrides])
        run(OmegaConf.to_container(cfg, resolve=True, throw_on_missing=True))
        return tmp_path / name / "weights"

    threads = torch.get_num_threads()
    yield start
    torch.set_num_threads(threads)
