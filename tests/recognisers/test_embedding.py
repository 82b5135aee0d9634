"""From a chip to a unit vector."""

import numpy as np
import torch

from stitch_exp.recognisers.embedding import as_batch, unit_embedding


class Halves(torch.nn.Linear):
    """The mean of each channel, doubled; its weights say where it is and how precise."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return 2 * images.mean(dim=(2, 3))


def test_levels_stay_levels() -> None:
    chip = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    batch = as_batch(chip, Halves(1, 1))
    assert batch.dtype == torch.float32 and batch.shape == (1, 3, 2, 2)
    assert batch[0, 1].tolist() == [[1, 4], [7, 10]]


def test_a_vector_of_length_one_in_single_precision() -> None:
    images = torch.tensor([3.0, 4.0, 0.0]).view(1, 3, 1, 1)
    vector = unit_embedding(Halves(1, 1), images)
    assert vector.dtype == np.float32
    np.testing.assert_allclose(vector, [0.6, 0.8, 0.0], rtol=1e-6)
    np.testing.assert_allclose(unit_embedding(Halves(1, 1), images.bfloat16()), [0.6, 0.8, 0.0], rtol=1e-2)


def test_no_length_stays_none() -> None:
    assert unit_embedding(Halves(1, 1), torch.zeros(1, 3, 2, 2)).tolist() == [0, 0, 0]
