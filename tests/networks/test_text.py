"""Text directions, with a stand-in for CLIP; the real text tower is built once, in a slow test."""

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from stitch_exp.errors import WeightsError
from stitch_exp.networks.edit_files import load_text_encoder, load_vector
from stitch_exp.networks.text import TextEncoder, templates, text_direction

SENTENCES = ["a photo of a {}.", "the {}."]


def embed(texts: list[str]) -> torch.Tensor:
    """Letter counts: different texts, different vectors."""
    return torch.tensor([[float(text.count(letter)) for letter in "acefhiklmopsty "] for text in texts])


def test_direction_is_the_difference_of_normalised_means() -> None:
    direction = text_direction(embed, "face", "face with smile", SENTENCES)
    ends = []
    for text in ("face with smile", "face"):
        rows = [F.normalize(embed([sentence.format(text)])[0], dim=0) for sentence in SENTENCES]
        ends.append(F.normalize(sum(rows) / 2, dim=0))
    expected = (ends[0] - ends[1]) / (ends[0] - ends[1]).norm()
    assert torch.allclose(direction, expected, atol=1e-6)
    assert torch.allclose(text_direction(embed, "face with smile", "face", SENTENCES), -direction, atol=1e-6)


def test_a_file_of_several_vectors_is_no_direction(tmp_path: Path) -> None:
    torch.save(torch.ones(4, dtype=torch.float64), tmp_path / "one.pt")
    assert torch.equal(load_vector(tmp_path / "one.pt"), torch.ones(4))
    torch.save({"a": torch.ones(4), "b": torch.ones(4)}, tmp_path / "two.pt")
    with pytest.raises(WeightsError, match="holds 2 tensors; a single vector is needed"):
        load_vector(tmp_path / "two.pt")


@pytest.mark.slow
def test_clip_from_a_file(tmp_path: Path) -> None:
    """Needs open_clip and 0.8 GB."""
    pytest.importorskip("open_clip")
    sentences = templates()
    assert len(set(sentences)) == 80 and all("{}" in sentence for sentence in sentences)
    encoder = TextEncoder().eval()
    state = {key.removeprefix("clip."): value.half() for key, value in encoder.state_dict().items()}
    torch.save(state | {"visual.proj": torch.zeros(2), "context_length": torch.tensor(77)}, tmp_path / "clip.pt")
    loaded = load_text_encoder(tmp_path / "clip.pt")
    texts = ["a face", "a smiling face"]
    assert torch.allclose(loaded(texts), encoder(texts), atol=1e-2)
