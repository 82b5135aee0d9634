"""The rest of the stages' tensor code on a pretended GPU: searches, edits, border tuning, live networks, metrics."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from stitch_exp.config.schema import PROJECT
from stitch_exp.distill.examples import Example
from stitch_exp.distill.objective import Weights, terms
from stitch_exp.edit import latent_transformer, styleclip_mapper
from stitch_exp.edit.channels import channel_direction, split_by_layer
from stitch_exp.edit.latent_transformer import LatentTransformerEdit
from stitch_exp.edit.styleclip_global import StyleClipGlobal
from stitch_exp.edit.styleclip_mapper import StyleClipMapper
from stitch_exp.encoder.projection import Projection, Sides
from stitch_exp.encoder.schedule import ProjectionSchedule, ProjectionUpdates
from stitch_exp.encoder.w_space import measure_w
from stitch_exp.faces.face import Face
from stitch_exp.fitting.muon import Muon
from stitch_exp.inverters.w_encoder import WEncoder
from stitch_exp.losses.border import BorderLoss
from stitch_exp.measures.change import latent_steps
from stitch_exp.measures.fidelity import Perceptual
from stitch_exp.networks.latent_transformer import LatentTransformer
from stitch_exp.networks.live_unet import LiveUNet
from stitch_exp.networks.rgb_basis import RgbBasis
from stitch_exp.networks.styleclip_mapper import LevelsMapper
from stitch_exp.networks.tuned import detached_state, tunable_copy
from stitch_exp.perceptual.pyramid import Pyramid
from stitch_exp.recognisers.embedding import as_batch, unit_embedding
from stitch_exp.recognisers.mobileface import MobileFace
from stitch_exp.stitching.frame_tuning import FrameTuner, FrameTuning
from stitch_exp.stitching.scene import Scene
from stitch_exp.stitching.shared_tuning import SharedTuner
from stitch_exp.tuning.prior import principal_steps
from stitch_exp.tuning.resemblance import Resemblance
from stitch_exp.tuning.search import PivotFinder, PivotSearch
from stitch_exp.tuning.shape import ShapedResemblance
from stitch_exp.tuning.singly import FrameSteps
from stitch_exp.tuning.steady import steadied
from stitch_exp.types import AlignedClip, EditedLatents, StyleSpace, TunedGenerator, Workspace, WPlus
from tests.devices.pretended import CUDA, pretended
from tests.made_landmarks import landmarks
from tests.small_clip import SIDE, clip_of, cpu_trainer, tiny_generator
from tests.stitching.flat_scene import scene

COUNT = 3
BORDER = BorderLoss("l1", 0.01)


@pytest.fixture(autouse=True)
def gpu(monkeypatch: pytest.MonkeyPatch):
    with pretended(monkeypatch):
        yield


def on_gpu(network: nn.Module) -> nn.Module:
    return network.eval().requires_grad_(False).to(CUDA)


def tiny() -> nn.Module:
    return on_gpu(tiny_generator())


def eyes() -> nn.Module:
    return on_gpu(Pyramid(num_levels=2, resize_px=None))


def codes(device: torch.device = CUDA) -> Tensor:
    return torch.zeros(COUNT, 8, 16, device=device)


def tuned(generator: nn.Module, pivots: Tensor) -> TunedGenerator:
    return TunedGenerator(detached_state(generator), pivots, np.zeros((COUNT, SIDE, SIDE, 3), np.uint8), np.zeros(0))


def with_a_face() -> AlignedClip:
    clip = clip_of(tiny_generator(), COUNT)
    clip.landmarks[:] = landmarks((SIDE / 2, SIDE / 2), SIDE / 8)
    return clip


class Mesh:
    """Finds the face where it was."""

    def follow(self, frame: np.ndarray, last: Face) -> Face:
        assert frame.dtype == np.uint8
        return last


def test_hyperstyle() -> None:
    """In a process of its own: with torch 2.14.1 its pretended offsets have corrupted the memory of later tests."""
    line = [sys.executable, "-m", "tests.devices.hyperstyle_on_cuda"]
    done = subprocess.run(line, cwd=PROJECT, capture_output=True, text=True)
    assert done.stdout == "codes cpu, 4 offsets ['cpu'], picture cuda:0\n", done.stderr


def test_an_encoder_of_one_code() -> None:
    network = on_gpu(WEncoder(style_dim=16, widths=(8, 8, 8, 8, 16), num_units=(1, 1, 1, 1)))
    assert network(torch.zeros(2, 3, 64, 64, device=CUDA)).device == CUDA


def test_the_projection_of_pti() -> None:
    generator, perceptual = tiny(), eyes()
    targets = perceptual.features(torch.zeros(2, 3, 16, 16, device=CUDA))
    module = Projection(
        generator=generator,
        space=measure_w(generator, 100, CUDA),
        targets=targets,
        perceptual=perceptual,
        sides=Sides.of(SIDE, SIDE, 16),
        schedule=ProjectionSchedule(num_steps=4, ramp_up=0.5, ramp_down=0.5, noise_factor=0.1, noise_ramp=0.8),
        updates=ProjectionUpdates(learning_rate=0.1, noise_weight=1e5, batch_size=2, seed=0),
        seeds=[1, 2],
    ).to(CUDA)
    found = module.training_step(None, 1)
    module.on_train_batch_end({"distance": found["distance"]}, None, 1)
    assert {value.device for value in found.values()} == {CUDA} and module.codes.device == CUDA


def finder(landmark_weight: float) -> PivotFinder:
    settings = PivotSearch(
        num_updates=0, num_steps=1, num_updates_after=0, px=SIDE, learning_rate=0.1, pull=1.0, num_components=4,
        frame_components=2, frame_pull=1.0, sigma_frames=1.0, l2_weight=1.0, landmark_weight=landmark_weight,
        mesh=Mesh(), seed=0,
    )  # fmt: skip
    return PivotFinder(settings, tiny(), with_a_face(), eyes(), cpu_trainer, CUDA)


@pytest.mark.parametrize("landmark_weight", [0.0, 4.0])
def test_the_search_for_pivots_frame_by_frame(landmark_weight: float) -> None:
    """Components of W, steps along them, smoothing over time, and the check at the end."""
    assert finder(landmark_weight)(codes(), Workspace()).device.type == "cpu"


def test_landmarks_beside_features() -> None:
    generator, clip = tiny(), with_a_face()
    shaped = ShapedResemblance(Resemblance(eyes(), SIDE, 1.0), Mesh(), 4.0, clip)
    assert shaped.of_crops(clip.crops[:2], CUDA).device == CUDA
    steps = FrameSteps(generator, shaped, principal_steps(generator, 2, CUDA), 1.0)
    around = steps.linearised(codes()[0], lambda probes: probes)
    assert around.normal.device == steadied(codes(), clip, 1.0).device == CUDA


def test_muon() -> None:
    parameters = [nn.Parameter(torch.zeros(4, 3, 3, 3, device=CUDA)), nn.Parameter(torch.zeros(4, device=CUDA))]
    for parameter in parameters:
        parameter.grad = torch.zeros_like(parameter)
    muon = Muon(parameters, kernel_rate=0.1, learning_rate=0.1)
    muon.step()
    assert muon.state[parameters[0]]["momentum"].device == CUDA


@pytest.mark.parametrize("home", [torch.device("cpu"), CUDA])
def test_edits_by_networks(home: torch.device, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Their result is where the pivots are."""
    (tmp_path / "tnet_39.pth.tar").touch()
    monkeypatch.setattr(latent_transformer, "ATTRIBUTES", [""] * 39 + ["Young"])
    transformer, mapper = LatentTransformer(num_ws=8, w_dim=16), LevelsMapper(w_dim=16)
    monkeypatch.setattr(latent_transformer, "load_latent_transformer", lambda path: transformer)
    monkeypatch.setattr(styleclip_mapper, "load_mapper", lambda path: mapper)
    edits = [
        LatentTransformerEdit(transformers=tmp_path, attribute="Young", strength=1.0, num_rows=None, device=CUDA),
        StyleClipMapper(weights=tmp_path / "x.pt", strength=1.0, device=CUDA),
    ]
    for edit in edits:
        made = edit(tuned(tiny_generator(), codes(home)), Workspace())
        assert made.latents.codes.device == home


def test_an_edit_of_styles() -> None:
    generator = tiny()
    widths = [style.shape[1] for style in generator.style_space(codes())]
    edit = object.__new__(StyleClipGlobal)
    edit.neutral, edit.target, edit.strength = "face", "smile", 1.0
    edit.direction = torch.zeros(sum(widths))
    edit.generator, edit.device = generator, CUDA
    made = edit(tuned(generator, codes(torch.device("cpu"))), Workspace())
    assert isinstance(made.latents, StyleSpace) and {style.device.type for style in made.latents.styles} == {"cpu"}
    assert split_by_layer(edit.direction, widths)[0].shape == (widths[0],)
    assert channel_direction(torch.zeros(4, 5), torch.zeros(5), 0.1).shape == (4,)


def border_scene() -> Scene:
    flat = scene(COUNT, generator=tunable_copy(tiny(), CUDA))
    return replace(flat, latents=WPlus(codes()), device=CUDA)


def test_border_tuning() -> None:
    """Losses of both kinds, and the pictures that are kept; pretended tensors have no backward pass."""
    made = border_scene()
    index = torch.arange(2, device=CUDA)
    shared = SharedTuner(made, BORDER, 1e-3, 4).training_step(index, 0)
    settings = FrameTuning(num_steps=1, learning_rate=1e-3, carry=True, stop_border=0.0, stop_ratio=0.0, loss=BORDER)
    tuner = FrameTuner(made, settings, np.zeros_like(made.crops), limits=np.zeros(COUNT), edited=made.target)
    tuner._begin(0)
    assert {value.device for value in (*shared.values(), *tuner._terms().values())} == {CUDA}
    tuner._finish(0)
    finished = made.finished(np.zeros_like(made.crops), Workspace())
    assert finished.crops.shape == made.crops.shape and len(made.representatives(2)) <= 2


def test_the_linear_part_of_a_generator() -> None:
    images, features = RgbBasis(tunable_copy(tiny(), CUDA), 8)(WPlus(codes()))
    assert {tensor.device for tensor in (images, *features)} == {CUDA}


def test_a_live_network_and_what_it_is_trained_for() -> None:
    network, side = on_gpu(LiveUNet()), 64
    planes = [torch.zeros(2, count, side, side, device=CUDA) for count in (3, 3, 3, 1)]
    example = Example(*planes, torch.ones(2, device=CUDA), torch.zeros(2, 4, side, side, device=CUDA))
    found = terms(network, example, Weights(1.0, 1.0, 1.0, 1.0), eyes(), torch.Generator())
    assert {value.device for value in found.values()} == {CUDA} and set(found) >= {"perceptual", "steady", "mask"}


def test_metrics() -> None:
    image = np.zeros((SIDE, SIDE, 3), np.uint8)
    assert Perceptual(perceptual=eyes(), device=CUDA).measure(image, image) == 0.0
    network = on_gpu(MobileFace())
    assert unit_embedding(network, as_batch(np.zeros((112, 112, 3), np.uint8), network)).ndim == 1
    edited = EditedLatents(WPlus(codes()), "move", {"move": 1.0})
    steps = latent_steps(codes(torch.device("cpu")), edited)
    assert steps is not None and steps.shape == (COUNT, 8)
