"""One edit of one person, taught to a network that is fast enough for a camera."""

from stitch_exp.distill.distillation import Distillation
from stitch_exp.distill.pairs import paired

__all__ = ["Distillation", "paired"]
