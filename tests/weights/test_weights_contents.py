"""A file in the wrong place is called by what it holds."""

from pathlib import Path

import pytest
import torch

from stitch_exp.errors import WeightsError
from stitch_exp.networks.generator_files import load_generator
from stitch_exp.networks.stylegan2 import Generator
from stitch_exp.weights.contents import describe


def test_a_conditional_generator_says_its_classes(tmp_path: Path) -> None:
    small = {"z_dim": 8, "w_dim": 8, "img_resolution": 16, "num_mapping_layers": 2, "channel_max": 16}
    state = Generator(**small, channel_base=128).state_dict()
    torch.save({"g_ema": state | {"mapping.embed.weight": torch.zeros(8, 10)}}, tmp_path / "g.pt")
    with pytest.raises(WeightsError, match=r"class-conditional StyleGAN2 generator \(10 classes\)"):
        load_generator(tmp_path / "g.pt")


def test_other_networks_are_named(tmp_path: Path) -> None:
    for content, told in {
        ("cp.resnet.conv1.weight",): "a BiSeNet face parser",
        ("lat_comp", "lat_mean"): "a GANSpace file",
        ("age", "smile"): r"edit directions or other vectors \(age, smile\)",
        ("input_layer.0.weight", "styles.0.linear.weight"): "an encoder of the pSp and e4e family",
        ("a.b", "c.d"): r"2 tensors \(a, c\)",
    }.items():
        torch.save(dict.fromkeys(content, torch.zeros(8)), tmp_path / "x.pt")
        with pytest.raises(WeightsError, match=f"holds no StyleGAN generator; it holds {told}"):
            load_generator(tmp_path / "x.pt")


@pytest.mark.parametrize(
    ("names", "what"),
    [
        (["G_ema.synthesis.b4.const"], "a StyleGAN2 generator"),
        (["G_ema.synthesis.b4.const", "G_ema.mapping.embed.weight"], "a class-conditional StyleGAN2 generator"),
        (["synthesis.input.freqs"], "a StyleGAN3 generator"),
        (["synthesis.input.freqs", "mapping.embed.weight"], "a class-conditional StyleGAN3 generator"),
        (["state_dict.encoder.input_layer.0.weight"], "an encoder that gives one row of W"),
        (["input_layer.0.weight", "output_layer.3.weight"], "an ArcFace recogniser"),
        (["decoder.input.input", "decoder.conv1.conv.weight"], "a StyleGAN2 generator in the layout of stylegan2-"),
        (["course_mapping.mapping.1.weight"], "a StyleCLIP mapper"),
        (["features.0.weight", "features.0.bias"], "an image classifier (AlexNet or VGG)"),
        (["final_linear.0.weight", "final_conv.0.weight"], "a discriminator"),
    ],
)
def test_networks_are_known_by_the_ends_of_names(names: list[str], what: str) -> None:
    assert describe(dict.fromkeys(names, torch.zeros(3, 3, 3, 3))).startswith(what)


def test_the_end_of_a_name_is_a_whole_word() -> None:
    assert describe({"my_lat_comp": torch.zeros(2, 2, 2, 2)}) == "1 tensors (my_lat_comp)"


def test_vectors_are_directions_and_matrices_are_not() -> None:
    assert describe({"age": torch.zeros(512), "smile": torch.zeros(18, 512)}).endswith("(age, smile)")
    assert describe({"age": torch.zeros(1, 18, 512)}).startswith("edit directions")
    assert describe({"age": torch.zeros(512, 512)}) == "1 tensors (age)"
    assert describe({"a.age": torch.zeros(512)}) == "1 tensors (a)"


def test_only_the_first_names_are_said_and_long_ones_cut() -> None:
    many = {f"part{index}.w": torch.zeros(2, 2, 2, 2) for index in range(8)}
    assert describe(many) == "8 tensors (part0, part1, part2, part3, part4, part5, ...)"
    assert describe({"x" * 100 + ".w": torch.zeros(1)}) == f"1 tensors ({'x' * 40})"


def test_an_empty_file() -> None:
    assert describe({}) == "0 tensors ()"
