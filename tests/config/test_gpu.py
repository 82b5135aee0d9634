"""A driver of NVIDIA's is looked for, and nothing is loaded for it."""

from stitch_exp.config import gpu


def test_a_driver_is_looked_for_without_torch():
    assert gpu.has_driver() in (True, False)
