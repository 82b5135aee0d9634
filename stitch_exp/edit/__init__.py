"""Pivots to edited codes: linear directions, StyleCLIP, Latent Transformer, or none.

The package can be called: `stitch_exp.edit("clip.mp4", edit="age")` is `stitch_exp.edit_clip(...)`, because a stage's
word is its package's name, and the door for Python has the same one.
"""

import sys
from types import ModuleType
from typing import Any

import stitch_exp


class _CallablePackage(ModuleType):
    def __call__(self, *arguments: Any, **settings: Any) -> Any:
        return stitch_exp.edit_clip(*arguments, **settings)


sys.modules[__name__].__class__ = _CallablePackage
