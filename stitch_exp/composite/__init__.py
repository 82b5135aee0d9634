"""Put the edited crops back into the source frames."""

from stitch_exp.composite.delta import Delta
from stitch_exp.composite.paste import Feather, Paste

__all__ = ["Delta", "Feather", "Paste"]
