"""How many pixels a clip's face is worth: the generator's side is settled before anything is built for it."""

from __future__ import annotations

import copy
import logging

from omegaconf import DictConfig

from stitch_exp.building.builder import Builder

log = logging.getLogger("stitch_exp")
ENOUGH = 0.85
"""A crop of this share of the face's square still shows all that can be seen of it: cameras and codecs blur."""


def settled(cfg: DictConfig) -> DictConfig:
    """The config with `model.resolution` set to the least of `model.sides` that shows all of the face in the clip.

    A model without `sides` keeps its resolution. A clip in which a glance finds no face does, too: the aligner, which
    looks at every frame, says what is wrong with it.
    """
    sides = cfg.model.get("sides")
    if not sides:
        return cfg
    builder = Builder(cfg)
    face_px = builder.stage("aligner").typical_side(builder.source()())
    if face_px is None:
        return cfg
    most = cfg.model.resolution
    allowed = sorted(side for side in sides if side <= most) or [most]
    chosen = next((side for side in allowed if side >= ENOUGH * face_px), allowed[-1])
    log.info("the face's square is about %.0f px wide: model.resolution=%d", face_px, chosen)
    fitted = copy.deepcopy(cfg)
    fitted.model.resolution, fitted.model.sides = chosen, None
    return fitted
