"""What a name in a pickle says about its file."""

import pytest

from stitch_exp.weights.origins import named


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("dnnlib.tflib.network.Network", "TensorFlow snapshot of NVIDIA's first StyleGAN"),
        ("sklearn.svm.SVC", "a scikit-learn object"),
        ("jax.numpy.array", "a JAX object"),
    ],
)
def test_the_program_that_made_the_file_is_named(path: str, said: str) -> None:
    assert said in named(path) and named(path).endswith(f"(it names {path})")


def test_any_other_name_is_no_weights() -> None:
    assert named("os.system").startswith("it names os.system, which is neither a tensor nor a plain container")
    assert named("tensorflower.x").startswith("it names tensorflower.x, which")
