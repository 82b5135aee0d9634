"""One edit of one person, taught to a network that is fast enough for a camera."""

from stitch_exp.distill.distillation import Distillation
from stitch_exp.distill.pairs import Pairing

__all__ = ["Distillation", "Pairing"]
