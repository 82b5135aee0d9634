"""Stages that do not exist, or that make another model."""

import pytest
import torch

from stitch_exp.errors import ConfigError
from stitch_exp.training.start import run


@pytest.mark.parametrize(
    ("stage", "model", "message"),
    [
        ("generater", "mini", "stage 'generater' is unknown; use one of .*generator"),
        ("generator", "ffhq_mobile", "'generator' does not make model=ffhq_mobile; its stages are .*mobile_"),
        ("mobile_heads", "mini", "'mobile_heads' does not make model=mini; its stages are .*generator"),
    ],
)
def test_a_stage_that_is_not_the_model_s_is_refused(stage: str, model: str, message: str) -> None:
    settings = {"threads": torch.get_num_threads(), "seed": 0, "stage": {"name": stage}, "model": {"name": model}}
    with pytest.raises(ConfigError, match=message):
        run(settings)
