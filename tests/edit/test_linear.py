"""Linear directions: the sum, the identity at zero, and what a user reads when a name is wrong."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save_file

from stitch_exp.edit.linear import LinearEdit
from stitch_exp.edit.none import NoEdit
from stitch_exp.errors import ConfigError, WeightsError
from stitch_exp.types import TunedGenerator, Workspace

ROWS, WIDTH = 4, 8


def tuned_generator(count: int = 3) -> TunedGenerator:
    pivots = torch.randn(count, ROWS, WIDTH, generator=torch.Generator().manual_seed(0))
    return TunedGenerator({}, pivots, np.zeros((count, 8, 8, 3), np.uint8), np.zeros(0))


@pytest.fixture(scope="module")
def directions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("directions") / "directions.safetensors"
    tensors = {"age": torch.randn(ROWS, WIDTH), "smile": torch.randn(1, WIDTH), "gender": torch.randn(WIDTH)}
    save_file(tensors, path, metadata={"space": "w+"})
    return path


def edit(directions: Path, attribute: str = "age", strength: float = 2.0, terms=None, scale: float = 1.0) -> LinearEdit:
    return LinearEdit(
        attribute=attribute, strength=strength, terms=terms, directions=directions, scale=scale, same_hairdo=["age"]
    )


def codes_of(stage: LinearEdit) -> torch.Tensor:
    return stage(tuned_generator(), Workspace()).latents.codes


def test_adds_strength_times_scale_times_direction(directions: Path) -> None:
    stage = edit(directions, strength=3.0, scale=0.5)
    moved = codes_of(stage) - tuned_generator().pivots
    unit = codes_of(edit(directions, strength=1.0)) - tuned_generator().pivots
    assert torch.allclose(moved, 1.5 * unit, atol=1e-5)
    assert torch.allclose(moved[0], moved[1], atol=1e-5)


def test_terms_compose_and_override(directions: Path) -> None:
    both = codes_of(edit(directions, "age", 2.0, {"smile": -1.0, "gender": 0.5}))
    pivots = tuned_generator().pivots
    single = {"age": 2.0, "smile": -1.0, "gender": 0.5}
    parts = [codes_of(edit(directions, name, value)) - pivots for name, value in single.items()]
    assert torch.allclose(both - pivots, sum(parts), atol=1e-5)
    assert torch.equal(codes_of(edit(directions, "age", 2.0, {"age": 1.0})), codes_of(edit(directions, "age", 1.0)))


def test_name_lists_what_moves(directions: Path) -> None:
    edited = edit(directions, "age", 2.0, {"smile": 1.5, "gender": 0.0})(tuned_generator(), Workspace())
    assert edited.name == "age+smile"
    assert edited.terms == {"age": 2.0, "smile": 1.5, "gender": 0.0}


@given(st.sampled_from(["age", "smile", "gender"]), st.sampled_from([0.0, -0.0]))
def test_zero_strength_is_the_identity_bit_for_bit(directions: Path, name: str, zero: float) -> None:
    assert torch.equal(codes_of(edit(directions, name, zero, {"age": 0})), tuned_generator().pivots)


def test_unknown_name_says_the_nearest(directions: Path) -> None:
    with pytest.raises(ConfigError, match=r"no edit direction 'agee' .* did you mean 'age'.* age, gender, smile"):
        edit(directions, "agee")
    with pytest.raises(ConfigError, match=r"'smiel' .* did you mean 'smile'"):
        edit(directions, terms={"smiel": 1.0})


def test_directions_of_another_model_are_refused(tmp_path: Path) -> None:
    save_file({"age": torch.zeros(18, WIDTH)}, tmp_path / "other.safetensors")
    with pytest.raises(ConfigError, match=r"direction 'age' is \(18, 8\), the pivots have 4 rows of 8"):
        codes_of(edit(tmp_path / "other.safetensors"))


def test_a_folder_of_published_vectors(tmp_path: Path) -> None:
    row = np.random.default_rng(0).standard_normal(WIDTH)
    np.save(tmp_path / "age.npy", np.repeat(row[None], ROWS, axis=0))
    torch.save(torch.full((1, WIDTH), 0.5), tmp_path / "pose.pt")
    moved = codes_of(edit(tmp_path, "age", 8.0, {"pose": -2.0}, scale=0.5)) - tuned_generator().pivots
    np.testing.assert_allclose(moved[1, 2].numpy(), 4 * row - 0.5, atol=1e-5)
    assert codes_of(edit(tmp_path)).dtype == torch.float32


def test_missing_or_empty_place(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="no directions in"):
        edit(tmp_path)
    with pytest.raises(WeightsError):
        edit(tmp_path / "nowhere.safetensors")


def test_no_edit_hands_the_pivots_on() -> None:
    tuned = tuned_generator()
    edited = NoEdit()(tuned, Workspace())
    assert edited.latents.codes is tuned.pivots and edited.name == "none" and edited.terms == {}


@pytest.mark.parametrize(
    ("terms", "same"),
    [(None, True), ({"gender": 1.0}, False), ({"gender": 0.0}, True), ({"age": 0.0, "smile": 1.0}, False)],
)
def test_an_edit_keeps_the_hairdo_where_all_its_terms_do(
    directions: Path, terms: dict[str, float] | None, same: bool
) -> None:
    assert edit(directions, terms=terms)(tuned_generator(), Workspace()).same_hairdo is same
