"""Networks, losses, edits and stages on a pretended GPU: no forward pass mixes devices.

Composites use no tensors.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torchvision import models

from stitch_exp.config.schema import PROJECT
from stitch_exp.edit.linear import LinearEdit
from stitch_exp.encoder.correction import common_correction
from stitch_exp.encoder.feedforward import FeedForward
from stitch_exp.encoder.restyle import ReStyle
from stitch_exp.inverters.e4e import Encoder4Editing, GradualStyleEncoder
from stitch_exp.inverters.inverter import Inverter
from stitch_exp.inverters.mobile_encoder import LiteTrunk, MobileEncoder
from stitch_exp.inverters.restyle import ProgressiveBackboneEncoder
from stitch_exp.losses.border import BorderLoss
from stitch_exp.losses.reconstruction import Reconstruction, Target
from stitch_exp.networks.bisenet import BiSeNet
from stitch_exp.networks.mobile_stylegan import MobileGenerator
from stitch_exp.networks.stylegan2 import Generator
from stitch_exp.networks.stylegan3 import Generator as AliasFree
from stitch_exp.networks.tuned import detached_state, render_into, tunable_copy
from stitch_exp.perceptual import lpips, trunk_features
from stitch_exp.perceptual.pyramid import Pyramid
from stitch_exp.recognisers.arcface import ArcFace
from stitch_exp.recognisers.dlib_resnet import DlibResNet
from stitch_exp.recognisers.faceres import FaceRes
from stitch_exp.recognisers.mobileface import MobileFace
from stitch_exp.stitching.masks import MaskRule
from stitch_exp.stitching.membrane import Membrane
from stitch_exp.stitching.stitcher import Stitcher
from stitch_exp.tuning.locality import Locality
from stitch_exp.tuning.none import NoTuning
from stitch_exp.tuning.resemblance import Resemblance
from stitch_exp.tuning.settings import Updates
from stitch_exp.tuning.singly import FrameSteps
from stitch_exp.tuning.targets import Targets
from stitch_exp.tuning.together import CommonOffset
from stitch_exp.tuning.tuner import PivotTuner, Rate
from stitch_exp.types import EditedLatents, Pivots, TunedGenerator, Workspace, WPlus
from tests.devices.pretended import CUDA, pretended
from tests.small_clip import clip_of, cpu_trainer, disc, tiny_generator

ASSETS = PROJECT / "stitch_exp" / "assets"
COUNT, SIDE = 3, 32
EDIT = LinearEdit(
    attribute="age", strength=2.0, terms={"smile": 1.0}, scale=1.0, directions=ASSETS / "mini/directions.safetensors",
    same_hairdo=["age"],
)  # fmt: skip
"""Read before anything is pretended."""
GENERATORS: dict[str, Callable[[], nn.Module]] = {
    "mini": lambda: Generator(z_dim=256, w_dim=256, img_resolution=128),
    "ffhq": lambda: Generator(z_dim=512, w_dim=512, img_resolution=1024),
    "ffhq_sg3": lambda: AliasFree(z_dim=64, w_dim=64, img_resolution=64),
    "ffhq_mobile": MobileGenerator,
}
HEADS = {"num_styles": 18}
ENCODERS: dict[str, Callable[[], nn.Module]] = {
    "e4e": lambda: Encoder4Editing(**HEADS),
    "psp": lambda: GradualStyleEncoder(**HEADS),
    "mobile": MobileEncoder,
}
RECOGNISERS: dict[str, tuple[Callable[[], nn.Module], int]] = {
    "arcface": (ArcFace, 112),
    "dlib": (DlibResNet, 150),
    "faceres": (FaceRes, 224),
    "mobileface": (MobileFace, 112),
}

CHANNELS = {"alex": (64, 192, 384, 256, 256), "vgg": (64, 128, 256, 512, 512)}
"""Of the layers that LPIPS compares."""


@pytest.fixture(autouse=True)
def gpu(monkeypatch: pytest.MonkeyPatch):
    with pretended(monkeypatch):
        yield


def on_gpu(make: Callable[[], nn.Module]) -> nn.Module:
    return make().eval().requires_grad_(False).to(CUDA)


def images(side: int, channels: int = 3) -> Tensor:
    return torch.zeros(2, channels, side, side, device=CUDA)


def tiny() -> nn.Module:
    return on_gpu(tiny_generator)


def stack(side: int = SIDE) -> np.ndarray:
    return np.zeros((COUNT, side, side, 3), np.uint8)


def codes() -> Tensor:
    return torch.zeros(COUNT, 8, 16)


def tuned() -> TunedGenerator:
    return TunedGenerator(detached_state(tiny()), codes(), stack(), np.zeros(0))


def test_a_mixture_of_devices_is_seen() -> None:
    """Otherwise nothing below would mean anything."""
    with pytest.raises(RuntimeError, match="device"):
        tiny()(torch.zeros(1, 8, 16))


@pytest.mark.parametrize("name", GENERATORS)
def test_generators(name: str) -> None:
    generator = on_gpu(GENERATORS[name])
    ws = generator.map(torch.zeros(2, generator.z_dim, device=CUDA), truncation_psi=0.7)
    made = [generator(ws), generator(ws, noise_mode="random"), generator.from_styles(generator.style_space(ws))]
    assert {image.device for image in made} == {CUDA}
    assert made[0].shape == (2, 3, generator.resolution, generator.resolution)


@pytest.mark.parametrize("name", [name for name in GENERATORS if name != "ffhq_sg3"])  # whose filters are slow to copy
def test_renders_of_a_tuned_copy(name: str) -> None:
    generator = on_gpu(GENERATORS[name])
    copy = tunable_copy(generator, CUDA, detached_state(generator))
    out = stack(generator.resolution)
    latents = WPlus(torch.zeros(COUNT, generator.num_ws, generator.w_dim, device=CUDA))
    render_into(out, latents, copy, 2, Workspace().track, "rendering")


@pytest.mark.parametrize("name", ENCODERS)
def test_encoders(name: str) -> None:
    network = on_gpu(ENCODERS[name])
    average = torch.zeros(18, 512)
    inverter = on_gpu(lambda: Inverter(network, latent_avg=average, input_size=256, kind="e4e"))
    generator = on_gpu(tiny_generator)
    stage = FeedForward(kind="e4e", corrections=0, inverter=inverter, generator=generator, batch_size=2, device=CUDA)
    assert stage(clip_of(tiny_generator(), COUNT), Workspace()).codes.device.type == "cpu"


def test_what_a_rendering_shows_corrects_codes_where_they_are() -> None:
    generator = on_gpu(tiny_generator)
    shape = generator.num_ws, generator.w_dim

    class Bright(torch.nn.Module):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return images.mean(dim=(1, 2, 3))[:, None, None].expand(-1, *shape)

    inverter = on_gpu(lambda: Inverter(Bright(), latent_avg=torch.zeros(shape), input_size=32, kind="e4e"))
    codes = torch.zeros(3, *shape, device=CUDA)
    assert common_correction(inverter, generator, codes, 2).device == CUDA


def test_an_encoder_that_looks_at_its_own_reconstruction() -> None:
    network = ProgressiveBackboneEncoder(num_styles=8, style_dim=16, widths=(8, 8, 12, 14, 16), num_units=(1, 1, 1, 1))
    inverter = on_gpu(lambda: Inverter(network, latent_avg=torch.zeros(8, 16), input_size=64, kind="restyle_e4e"))
    stage = ReStyle(
        kind="restyle_e4e", num_iterations=2, batch_size=2, inverter=inverter, generator=tiny(), device=CUDA
    )
    assert stage(clip_of(tiny_generator(), COUNT), Workspace()).codes.shape == (COUNT, 8, 16)


@pytest.mark.parametrize("name", RECOGNISERS)
def test_recognisers(name: str) -> None:
    make, side = RECOGNISERS[name]
    assert on_gpu(make)(images(side)).device == CUDA


def test_the_parser_of_faces() -> None:
    assert on_gpu(BiSeNet)(images(128)).device == CUDA


def test_losses() -> None:
    perceptual = on_gpu(lambda: Pyramid(num_levels=2, resize_px=None))
    loss = Reconstruction(10.0, 1.0, 16)
    target = Target(images(SIDE), loss.features(images(SIDE), perceptual))
    assert loss(images(SIDE), target, perceptual)["loss"].device == CUDA
    ring = torch.zeros(2, SIDE, SIDE, device=CUDA)
    terms = BorderLoss("l1", 0.01)(images(SIDE), images(SIDE), images(SIDE), ring, ring)
    assert terms["loss"].device == CUDA


@pytest.mark.parametrize(("trunk", "channels"), CHANNELS.items())
def test_lpips(trunk: str, channels: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    layers = {"alex": models.alexnet, "vgg": models.vgg16}[trunk](weights=None).features
    monkeypatch.setattr(lpips, "present", lambda path, setting: path)
    monkeypatch.setattr(lpips, "_trunk", lambda name, path: layers)
    monkeypatch.setattr(lpips, "_heads", lambda name: [torch.zeros(1, count, 1, 1) for count in channels])
    network = on_gpu(lambda: lpips.LPIPS(trunk=trunk, weights="unread", resize_px=64))
    assert network(images(128), images(128)).device == CUDA


def test_features_of_the_encoders_trunk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trunk_features, "load_lite_trunk", lambda weights: LiteTrunk())
    network = on_gpu(lambda: trunk_features.TrunkFeatures(weights="unread", resize_px=64))
    assert network(images(128), images(128)).device == CUDA


def test_losses_of_tuning() -> None:
    """One step's loss, with the regulariser, from crops on the CPU."""
    generator, perceptual = tiny(), on_gpu(lambda: Pyramid(num_levels=2, resize_px=None))
    loss = Reconstruction(10.0, 1.0, 16)
    targets = Targets(stack(), loss, perceptual, CUDA, cache=True)
    regulariser = Locality(1.0, 1.0, 0, generator, perceptual)
    rate = Rate(Updates(1e-4, 0.0, "constant", "32-true", 0), 1, COUNT)
    tuner = PivotTuner(generator, codes(), targets, loss, perceptual, rate, regulariser).to(CUDA)
    terms = tuner.training_step(torch.arange(2), 0)
    assert {value.device for value in terms.values()} == {CUDA}


def test_the_search_for_pivots() -> None:
    generator, perceptual = tiny(), on_gpu(lambda: Pyramid(num_levels=2, resize_px=None))
    resemblance = Resemblance(perceptual, 16, 1.0)
    steps = torch.zeros(4, 16, device=CUDA)
    pivots = codes().to(CUDA)

    def targets(index: Tensor) -> Tensor:
        return resemblance.of_crops(stack()[: len(index)], CUDA)

    offset = CommonOffset(
        generator, pivots, targets, resemblance, steps, num_updates=4, learning_rate=0.1, pull=0.1
    ).to(CUDA)
    assert offset.training_step(torch.arange(2), 0)["loss"].device == CUDA
    singly = FrameSteps(generator, resemblance, steps, 0.1)
    around = singly.linearised(pivots.mean(dim=0), lambda probes: probes)
    assert singly.found(pivots, targets(torch.arange(COUNT)), around, 2).device == CUDA


def test_an_edit() -> None:
    pivots = torch.zeros(COUNT, 12, EDIT.steps["age"].shape[-1], device=CUDA)
    edited = EDIT(TunedGenerator({}, pivots, stack(), np.zeros(0)), Workspace())
    assert edited.latents.codes.device == CUDA


def test_the_stage_without_tuning() -> None:
    stage = NoTuning(render_batch=2, generator=tiny(), device=CUDA)
    made = stage(clip_of(tiny_generator(), COUNT), Pivots(codes()), Workspace())
    assert {value.device.type for value in made.state.values()} == {"cpu"}


@pytest.mark.parametrize("steps", [[], [Membrane((8.0, 4.0))]], ids=["none", "membrane"])
@pytest.mark.parametrize("share", [1.0, 0.3])
def test_stitching(steps: list, share: float, tmp_path: Path) -> None:
    rule = MaskRule(mask="union", border_px=64, inner_px=16, outer_px=128, whole_border=True)
    stage = Stitcher(
        steps=steps,
        masks=rule,
        tuned_share=share,
        truncation_psi=share,
        render_batch=2,
        generator=tiny(),
        segmenter=disc,
        trainer=cpu_trainer,
        device=CUDA,
    )
    edited = EditedLatents(WPlus(codes()), "move", {"move": 1.0})
    made = stage(clip_of(tiny_generator(), COUNT), tuned(), edited, Workspace())
    assert made.crops.shape == (COUNT, SIDE, SIDE, 3)
