"""Edits by networks: StyleCLIP's mapper and the Latent Transformer, from their files."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from stitch_exp.edit.latent_transformer import ATTRIBUTES, LatentTransformerEdit
from stitch_exp.edit.styleclip_mapper import StyleClipMapper
from stitch_exp.errors import ConfigError, WeightsError
from stitch_exp.networks.latent_transformer import LatentTransformer
from stitch_exp.networks.styleclip_mapper import LevelsMapper
from stitch_exp.types import TunedGenerator, Workspace
from tests.golden.fill import fill_state_dict

GOLDEN = Path(__file__).parents[1] / "golden"
DEVICE = torch.device("cpu")


def tuned(codes: torch.Tensor) -> TunedGenerator:
    return TunedGenerator({}, codes, np.zeros((len(codes), 8, 8, 3), np.uint8), np.zeros(0))


def golden(name: str) -> dict[str, torch.Tensor]:
    with np.load(GOLDEN / name) as file:
        return {key: torch.from_numpy(file[key]) for key in file.files if key != "meta"}


@pytest.fixture(scope="module")
def transformers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("transformers")
    torch.save(fill_state_dict(LatentTransformer(), "plain"), folder / "tnet_31.pth.tar")
    save_file(LatentTransformer(num_ws=6, w_dim=8).state_dict(), folder / "tnet_39.safetensors")
    return folder


def transformer(folder: Path | None, attribute: str, strength: float = 1.0, num_rows: int | None = None):
    return LatentTransformerEdit(
        transformers=folder, attribute=attribute, strength=strength, num_rows=num_rows, device=DEVICE
    )


def test_latent_transformer_restores_the_fine_rows(transformers: Path) -> None:
    expected = golden("latent_transformer_small.npz")
    for index, alpha in enumerate(expected["alpha"].tolist()):
        stage = transformer(transformers, "Smiling", alpha)
        codes = stage(tuned(expected["w"][index : index + 1]), Workspace()).latents.codes
        assert torch.allclose(codes, expected["w_edit_first11"][index : index + 1], atol=1e-4)
        assert torch.equal(codes[:, 11:], expected["w"][index : index + 1, 11:])


def test_all_rows_may_move(transformers: Path) -> None:
    expected = golden("latent_transformer_small.npz")
    stage = transformer(transformers, "Smiling", float(expected["alpha"][0]), num_rows=18)
    codes = stage(tuned(expected["w"][:1]), Workspace()).latents.codes
    assert torch.allclose(codes, expected["w_edit"][:1], atol=1e-4)


def test_other_lengths_keep_the_proportion(transformers: Path) -> None:
    codes = torch.randn(2, 6, 8)
    edited = transformer(transformers, "Young")(tuned(codes), Workspace())
    changed = (edited.latents.codes != codes).any(dim=2).all(dim=0)
    assert changed.tolist() == [True] * 4 + [False] * 2
    assert edited.name == "Young" and edited.terms == {"Young": 1.0}


def test_latent_transformer_is_explained(transformers: Path) -> None:
    assert len(ATTRIBUTES) == 40 and ATTRIBUTES.index("Male") == 20 and ATTRIBUTES.index("Eyeglasses") == 15
    with pytest.raises(ConfigError, match=r"'Smilling' .* did you mean 'Smiling'"):
        transformer(transformers, "Smilling")
    with pytest.raises(ConfigError, match="this model has none; use model=ffhq"):
        transformer(None, "Smiling")
    with pytest.raises(WeightsError, match=r"no tnet_20\.pth\.tar in"):
        transformer(transformers, "Male")
    with pytest.raises(ConfigError, match="made for 6 rows, the pivots have 18"):
        transformer(transformers, "Young")(tuned(torch.zeros(1, 18, 8)), Workspace())


@pytest.fixture(scope="module")
def mapper_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("mapper") / "afro.pt"
    state = fill_state_dict(LevelsMapper(levels=("course_mapping", "medium_mapping")), "mapper")
    checkpoint = {f"mapper.{key}": value for key, value in state.items()} | {"decoder.x": torch.zeros(1)}
    torch.save({"state_dict": checkpoint, "opts": {"no_fine_mapper": True}}, path)
    return path


def test_mapper_edit(mapper_file: Path) -> None:
    expected = golden("styleclip_levels_mapper_small.npz")
    stage = StyleClipMapper(weights=mapper_file, strength=1.0, device=DEVICE)
    edited = stage(tuned(expected["w"]), Workspace())
    assert torch.allclose(edited.latents.codes, expected["w_edit"], atol=1e-4)
    assert edited.name == "afro"


@pytest.mark.parametrize("kind", ["mapper", "transformer"])
def test_zero_strength_is_the_identity_bit_for_bit(kind: str, mapper_file: Path, transformers: Path) -> None:
    codes = golden("latent_transformer_small.npz")["w"]
    if kind == "mapper":
        stage = StyleClipMapper(weights=mapper_file, strength=0.0, device=DEVICE)
    else:
        stage = transformer(transformers, "Smiling", 0.0)
    assert torch.equal(stage(tuned(codes), Workspace()).latents.codes, codes)


def test_other_files_are_refused(tmp_path: Path, transformers: Path) -> None:
    save_file({"something": torch.zeros(2)}, tmp_path / "other.safetensors")
    with pytest.raises(WeightsError, match="holds no StyleCLIP mapper"):
        StyleClipMapper(weights=tmp_path / "other.safetensors", strength=1.0, device=DEVICE)
    save_file({"something": torch.zeros(2)}, tmp_path / "tnet_31.safetensors")
    with pytest.raises(WeightsError, match="holds no Latent Transformer"):
        transformer(tmp_path, "Smiling")
