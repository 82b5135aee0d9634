"""An encoder network together with the average code it works around: what the encoder stage calls its inverter."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from stitch_exp.errors import ConfigError, WeightsError

KINDS = ("e4e", "psp", "restyle_e4e", "restyle_psp", "w_encoder")


class Inverter(nn.Module):
    """Turns face crops into W+ codes.

    Args:
        network: Images [B C S S] in [-1, 1] to code offsets [B L D], or [B D] for one W row.
        latent_avg: Average code [L, D], or [D] for equal rows. The zero code for networks trained without it.
        input_size: Side the network was trained at, in pixels.
        kind: One of `KINDS`; tells the encoder stage how to drive the network.
        num_ws: Rows of a W+ code; needed only if `latent_avg` is a single row.
    """

    average: Tensor

    def __init__(
        self,
        network: nn.Module,
        *,
        latent_avg: Float[Tensor, "..."],
        input_size: int,
        kind: str,
        num_ws: int | None = None,
    ) -> None:
        super().__init__()
        if kind not in KINDS:
            raise ConfigError(f"inverter kind is {kind!r}; use one of {', '.join(KINDS)}")
        self.network, self.input_size, self.kind = network, input_size, kind
        self.register_buffer("average", _rows(latent_avg, num_ws))

    @property
    def latent_avg(self) -> Float[Tensor, "L D"]:
        """The average code; a property, because from Python 3.12 on a protocol does not see a module's buffers."""
        return self.average

    @property
    def num_ws(self) -> int:
        """Rows of a W+ code."""
        return self.latent_avg.shape[0]

    def check_generator(self, num_ws: int, w_dim: int, resolution: int) -> None:
        """Refuses a generator whose codes this network does not give.

        Raises:
            WeightsError: It was trained for a generator of another size.
        """
        rows, width = self.latent_avg.shape
        if (rows != num_ws and self.kind != "w_encoder") or width != w_dim:
            raise WeightsError(
                f"the encoder is made for another generator: it gives {rows} rows of {width}, and this one "
                f"({resolution} px) takes {num_ws} of {w_dim}; take the encoder of this generator (model.inverters)"
            )

    def offsets(self, images: Float[Tensor, "B C S S"]) -> Float[Tensor, "B L D"]:
        """What the network says, without the average; ReStyle adds it to the code of the iteration before."""
        codes = self.network(images)
        return codes if codes.ndim == 3 else codes[:, None].expand(-1, self.num_ws, -1)

    def forward(self, images: Float[Tensor, "B C S S"]) -> Float[Tensor, "B L D"]:
        """Codes including the average."""
        return self.offsets(images) + self.latent_avg


def _rows(latent_avg: Tensor, num_ws: int | None) -> Tensor:
    rows = latent_avg.detach().to(torch.float32).reshape(-1, latent_avg.shape[-1])
    if len(rows) == 1 and num_ws is not None:
        rows = rows.repeat(num_ws, 1)
    if num_ws is not None and len(rows) != num_ws:
        raise ConfigError(f"latent_avg has {len(rows)} rows; the encoder gives {num_ws}")
    return rows.clone()
