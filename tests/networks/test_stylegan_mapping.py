"""From random z to W+ codes, and truncation."""

import pytest
import torch
import torch.nn.functional as F

from stitch_exp.errors import ConfigError
from stitch_exp.networks.stylegan3 import Generator as StyleGAN3
from stitch_exp.networks.stylegan_mapping import MappingNetwork
from tests.small_clip import tiny_generator


@pytest.fixture
def network() -> MappingNetwork:
    torch.manual_seed(0)
    return MappingNetwork(6, 4, 2).requires_grad_(False)


def test_it_is_two_dense_layers_on_a_normed_z(network: MappingNetwork) -> None:
    z = torch.randn(3, 6)
    x = z / z.square().mean(dim=1, keepdim=True).sqrt()
    for layer, width in ((network.fc0, 6), (network.fc1, 4)):
        x = F.leaky_relu(x @ layer.weight.T * 0.01 / width**0.5 + 0.01 * layer.bias, 0.2) * 2**0.5
    torch.testing.assert_close(network(z), x)


def test_the_length_of_z_does_not_matter(network: MappingNetwork) -> None:
    z = torch.randn(3, 6)
    torch.testing.assert_close(network(z), network(40 * z))
    assert network(torch.zeros(1, 6)).isfinite().all()


def test_all_rows_are_equal_and_untruncated_by_default() -> None:
    generator, z = tiny_generator(), torch.randn(2, 16)
    codes = generator.map(z)
    assert codes.shape == (2, generator.num_ws, 16)
    assert torch.equal(codes, generator.mapping(z)[:, None].expand_as(codes))


@pytest.mark.parametrize("psi", [0.0, 0.3, 1.5])
@pytest.mark.parametrize("cutoff", [None, 0, 3])
def test_truncation_draws_the_first_rows_towards_the_mean(psi: float, cutoff: int | None) -> None:
    generator, z = tiny_generator(), torch.randn(2, 16)
    generator.mapping.w_avg.normal_()
    plain, mean = generator.map(z), generator.w_avg
    expected = mean + psi * (plain - mean)
    rows = generator.num_ws if cutoff is None else cutoff
    found = generator.map(z, psi, cutoff)
    torch.testing.assert_close(found[:, :rows], expected[:, :rows])
    assert torch.equal(found[:, rows:], plain[:, rows:])


def test_the_mean_is_that_of_the_file() -> None:
    generator = tiny_generator()
    assert generator.w_avg is generator.mapping.w_avg and "mapping.w_avg" in generator.state_dict()


def test_a_generator_of_one_side_stops_there_only() -> None:
    generator = StyleGAN3(z_dim=4, w_dim=4, img_resolution=16, channel_base=64, channel_max=4, num_mapping_layers=1)
    generator.stop_at(16)
    with pytest.raises(ConfigError, match=r"model\.resolution is 8; this generator makes images of 16 px only"):
        generator.stop_at(8)
