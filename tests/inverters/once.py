"""Full-size trunks that see each picture once: networks that share one give its features twice."""

from collections.abc import Callable

import torch


def once_a_picture(look: Callable) -> Callable:
    """The function, asked once for each tensor it is given."""
    seen: dict[int, tuple[torch.Tensor, object]] = {}

    def remembered(network: torch.nn.Module, images: torch.Tensor) -> object:
        if id(images) not in seen:
            seen[id(images)] = images, look(network, images)
        return seen[id(images)][1]

    return remembered
