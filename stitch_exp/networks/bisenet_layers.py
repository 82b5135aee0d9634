"""Layers of the face parser, named as in its public weights; no convolution has a bias."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


class ConvBNReLU(nn.Module):
    """Convolution that keeps the side, batch normalisation, ReLU."""

    def __init__(self, in_channels: int, out_channels: int, kernel: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel, padding=kernel // 2, bias=False)
        self.bn = nn.BatchNorm2d(out_channels)

    def forward(self, x: Float[Tensor, "B I H W"]) -> Float[Tensor, "B O H W"]:
        return F.relu(self.bn(self.conv(x)))


class Head(nn.Module):
    """Class scores from features."""

    def __init__(self, in_channels: int, width: int, num_classes: int) -> None:
        super().__init__()
        self.conv = ConvBNReLU(in_channels, width, 3)
        self.conv_out = nn.Conv2d(width, num_classes, 1, bias=False)

    def forward(self, x: Float[Tensor, "B I H W"]) -> Float[Tensor, "B C H W"]:
        return self.conv_out(self.conv(x))


class AttentionRefinement(nn.Module):
    """Scales channels by a gate computed from their global mean (figure 2b of the paper)."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.conv = ConvBNReLU(in_channels, out_channels, 3)
        self.conv_atten = nn.Conv2d(out_channels, out_channels, 1, bias=False)
        self.bn_atten = nn.BatchNorm2d(out_channels)

    def forward(self, x: Float[Tensor, "B I H W"]) -> Float[Tensor, "B O H W"]:
        features = self.conv(x)
        gate = self.bn_atten(self.conv_atten(features.mean(dim=(2, 3), keepdim=True)))
        return features * gate.sigmoid()


class FeatureFusion(nn.Module):
    """Joins detail and context, and re-weighs channels with a residual gate (figure 2c of the paper)."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.convblk = ConvBNReLU(in_channels, out_channels, 1)
        self.conv1 = nn.Conv2d(out_channels, out_channels // 4, 1, bias=False)
        self.conv2 = nn.Conv2d(out_channels // 4, out_channels, 1, bias=False)

    def forward(self, detail: Float[Tensor, "B I H W"], context: Float[Tensor, "B J H W"]) -> Float[Tensor, "B O H W"]:
        features = self.convblk(torch.cat([detail, context], dim=1))
        gate = self.conv2(F.relu(self.conv1(features.mean(dim=(2, 3), keepdim=True)))).sigmoid()
        return features + features * gate


class BasicBlock(nn.Module):
    """Residual block of ResNet-18."""

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.downsample = nn.Sequential()
        if in_channels != out_channels or stride != 1:
            self.downsample = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride, bias=False), nn.BatchNorm2d(out_channels)
            )

    def forward(self, x: Float[Tensor, "B I H W"]) -> Float[Tensor, "B O H2 W2"]:
        residual = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(self.downsample(x) + residual)


class ResNet18(nn.Module):
    """Trunk without classifier.

    Reference: He et al., "Deep Residual Learning for Image Recognition", CVPR 2016, table 1.
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        self.layer1 = _stage(64, 64, 1)
        self.layer2 = _stage(64, 128, 2)
        self.layer3 = _stage(128, 256, 2)
        self.layer4 = _stage(256, 512, 2)

    def forward(self, images: Float[Tensor, "B 3 H W"]) -> tuple[Tensor, Tensor, Tensor]:
        """Features at 1/8, 1/16 and 1/32 of the side."""
        x = self.layer1(self.maxpool(F.relu(self.bn1(self.conv1(images)))))
        eighth = self.layer2(x)
        sixteenth = self.layer3(eighth)
        return eighth, sixteenth, self.layer4(sixteenth)


def _stage(in_channels: int, out_channels: int, stride: int) -> nn.Sequential:
    return nn.Sequential(BasicBlock(in_channels, out_channels, stride), BasicBlock(out_channels, out_channels, 1))


def with_norms_folded(network: nn.Module) -> nn.Module:
    """The same network with each batch normalisation in the weights of the convolution named just before it.

    It is changed in place, and says what it said within rounding, with a third less traffic over memory.
    """
    before = ""
    for name, layer in list(network.named_children()):
        if isinstance(layer, nn.BatchNorm2d):
            convolution = network.get_submodule(before)
            assert isinstance(convolution, nn.Conv2d)
            setattr(network, before, fuse_conv_bn_eval(convolution, layer))
            setattr(network, name, nn.Identity())
        else:
            with_norms_folded(layer)
        before = name
    return network
