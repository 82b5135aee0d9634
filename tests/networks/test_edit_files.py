"""Networks that only one edit needs, from their files."""

from pathlib import Path

import pytest
import torch

from stitch_exp.errors import WeightsError
from stitch_exp.networks.edit_files import TEXT_HALF, load_latent_transformer, load_mapper, load_vector
from stitch_exp.networks.latent_transformer import LatentTransformer
from stitch_exp.networks.styleclip_mapper import LevelsMapper


@pytest.fixture(autouse=True)
def seed() -> None:
    torch.manual_seed(0)


@torch.no_grad()
def test_a_latent_transformer_of_any_size(tmp_path: Path) -> None:
    made = LatentTransformer(num_ws=6, w_dim=8)
    torch.save(made.state_dict(), tmp_path / "tnet_15.pth.tar")
    loaded, codes = load_latent_transformer(tmp_path / "tnet_15.pth.tar"), torch.randn(2, 6, 8)
    assert loaded.num_ws == 6 and torch.equal(loaded(codes), made(codes)) and not loaded.training


@pytest.mark.parametrize("prefix", ["", "mapper.", "state_dict.mapper."])
@pytest.mark.parametrize("levels", [("course_mapping",), ("course_mapping", "fine_mapping")])
@torch.no_grad()
def test_a_mapper_with_the_levels_it_was_trained_with(tmp_path: Path, prefix: str, levels: tuple[str, ...]) -> None:
    made = LevelsMapper(levels=levels, w_dim=8)
    names = {key: f"{prefix.removeprefix('state_dict.')}{key}" for key in made.state_dict()}
    content = {names[key]: value for key, value in made.state_dict().items()}
    torch.save({"state_dict": content} if prefix.startswith("state_dict") else content, tmp_path / "m.pt")
    loaded, codes = load_mapper(tmp_path / "m.pt"), torch.randn(1, 18, 8)
    assert loaded.levels == levels and torch.equal(loaded(codes), made(codes))


@pytest.mark.parametrize(
    ("load", "told"),
    [
        (load_latent_transformer, "holds no Latent Transformer; it holds"),
        (load_mapper, "no StyleCLIP mapper with levels"),
    ],
)
def test_another_file_is_named(tmp_path: Path, load, told: str) -> None:
    torch.save({"cp.resnet.conv1.weight": torch.zeros(1)}, tmp_path / "x.pt")
    with pytest.raises(WeightsError, match=f"{told}.*a BiSeNet face parser"):
        load(tmp_path / "x.pt")


def test_a_row_that_is_missing_is_named(tmp_path: Path) -> None:
    state = LatentTransformer(num_ws=3, w_dim=4).state_dict()
    del state["dense.1.bias"]
    torch.save(state, tmp_path / "x.pt")
    with pytest.raises(WeightsError, match=r"1 missing \(dense\.1\.bias\)"):
        load_latent_transformer(tmp_path / "x.pt")


def test_a_mapper_of_mixed_widths_is_refused(tmp_path: Path) -> None:
    state = LevelsMapper(levels=("course_mapping",), w_dim=4).state_dict()
    state |= LevelsMapper(levels=("fine_mapping",), w_dim=6).state_dict()
    torch.save(state, tmp_path / "x.pt")
    with pytest.raises(WeightsError, match="8 of another shape"):
        load_mapper(tmp_path / "x.pt")


@pytest.mark.parametrize("shape", [(4,), (1, 4), (1, 1, 4)])
def test_a_vector_of_any_shape_is_flat(tmp_path: Path, shape: tuple[int, ...]) -> None:
    torch.save(torch.arange(4.0).reshape(shape), tmp_path / "v.pt")
    assert load_vector(tmp_path / "v.pt").tolist() == [0, 1, 2, 3]


def test_a_vector_is_finite(tmp_path: Path) -> None:
    torch.save({"v": torch.tensor([1.0, torch.inf])}, tmp_path / "v.pt")
    with pytest.raises(WeightsError, match=r"v holds 1 of 2 numbers that are NaN"):
        load_vector(tmp_path / "v.pt")


@pytest.mark.parametrize(
    ("name", "is_text"),
    [
        ("token_embedding.weight", True),
        ("transformer.resblocks.0.attn.in_proj_weight", True),
        ("text_projection", True),
        ("logit_scale", True),
        ("transformer.attn_mask", False),
        ("visual.transformer.resblocks.0.ln_1.weight", False),
        ("visual.proj", False),
        ("context_length", False),
    ],
)
def test_the_text_half_of_clip(name: str, is_text: bool) -> None:
    assert bool(TEXT_HALF.match(name)) is is_text
