"""A generator of few channels, an untrained trunk, and the real configuration around them."""

from collections.abc import Callable
from pathlib import Path

import hydra
import pytest
import torch
from omegaconf import OmegaConf

from stitch_exp.inverters.mobile_encoder import LiteTrunk
from stitch_exp.networks import mobile_stylegan
from stitch_exp.networks.mobile_stylegan import MobileGenerator
from stitch_exp.training.mobile import stages
from stitch_exp.training.start import run

CONFIG = str(Path(__file__).parents[3] / "conf" / "training")
TOY = [
    "model.encoder.w_dim=8",
    "model.encoder.squeezed=4",
    "model.encoder.hidden=8",
    "model.encoder.input_size=64",
    "loader.batch_size=4",
    "loader.steps_per_epoch=2",
    "loader.held_out_modulo=8",
    "threads=1",
    "trainer.accelerator=cpu",
    "trainer.log_every_n_steps=1",
    "half=false",
]


@pytest.fixture
def generator(monkeypatch: pytest.MonkeyPatch) -> MobileGenerator:
    """The generator's structure with 16 and 8 channels."""
    monkeypatch.setattr(
        mobile_stylegan, "CHANNELS", {side: 16 if side < 256 else 8 for side in mobile_stylegan.CHANNELS}
    )
    monkeypatch.setattr(mobile_stylegan, "HEAD_CHANNELS", {128: 8, 256: 8})
    torch.manual_seed(0)
    made = MobileGenerator(w_dim=8, num_mapping_layers=2).eval().requires_grad_(False)
    image = made(torch.randn(1, 18, 8), resolution=512)
    made.synthesis.to_image.weight.div_(2 * image.std())
    return made


@pytest.fixture
def train(generator: MobileGenerator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Runs one stage with the project's configuration at toy size; returns the folder of the files."""
    torch.manual_seed(1)
    trunk = LiteTrunk().eval()
    monkeypatch.setattr(stages, "load_generator", lambda: generator)
    monkeypatch.setattr(stages, "load_trunk", lambda: trunk)
    monkeypatch.setattr(stages, "load_generator_with_heads", lambda _: generator)

    def start(stage: str, *overrides: str, name: str = "run") -> Path:
        folders = [f"data={tmp_path / 'samples'}", f"run_folder={tmp_path / name / stage}", f"out={tmp_path / name}"]
        with hydra.initialize_config_dir(CONFIG, version_base="1.3"):
            cfg = hydra.compose("training", [f"stage={stage}", *TOY, *folders, *overrides])
        run(OmegaConf.to_container(cfg, resolve=True, throw_on_missing=True))
        return tmp_path / name

    threads = torch.get_num_threads()
    yield start
    torch.set_num_threads(threads)
