"""The order of a lesson: the stages of a finished run at several strengths, pairs, imagined pairs, then `distill`."""

from __future__ import annotations

import copy
import functools
import json
from collections.abc import Sequence
from typing import Any

from omegaconf import DictConfig, OmegaConf
from rich.console import Console

from stitch_exp import pipeline
from stitch_exp.building.builder import Builder
from stitch_exp.console.progress import Costs, Screen
from stitch_exp.distill import Pairing
from stitch_exp.errors import ConfigError
from stitch_exp.lesson.choosing import chosen, part_of
from stitch_exp.lesson.imagining import ImaginedPairs
from stitch_exp.networks.live_files import LiveEdit, LiveModel
from stitch_exp.networks.live_unet import LiveUNet
from stitch_exp.ops.detail import DetailMap
from stitch_exp.ops.look import Look
from stitch_exp.stitching.base import Stitching
from stitch_exp.store import Made, mapped
from stitch_exp.types import AlignedClip, DistilledEdit, EditPairs, TunedGenerator, Workspace

_PAIRS_VERSION = 3
_WHOLE = (1.0,)
"""Held-out faces are judged at the run's own strength, at which the clip is stitched already."""


def learned(cfg: DictConfig, console: Console) -> tuple[LiveModel, dict[str, Any]]:
    """A live network for the edit of a run, from the store if it was made before.

    Args:
        cfg: Settings of the run, with the group `distill`.
        console: Where progress is drawn.

    Returns:
        The network in evaluation mode with what belongs to it, and what is worth knowing of its training.
    """
    screen, costs = Screen(console), Costs()
    with screen.bars:
        school = _School(cfg, Workspace(track=mapped.releasing(screen.track)), costs)
        made = school.distilled()
    distilled: DistilledEdit = made.value
    network = LiveUNet(widths=distilled.widths, depths=distilled.depths)
    network.load_state_dict(dict(distilled.state))
    edit = LiveEdit(distilled.side, school.terms, float(cfg.aligner.scale))
    look = Look(distilled.look_home, distilled.brightness, distilled.tolerance)
    detail = DetailMap(distilled.home, distilled.faces, distilled.detail, distilled.detail_shares, look)
    model = LiveModel(network.eval().requires_grad_(False), edit, detail)
    return model, _facts(distilled, school, costs, made.reused)


def _facts(distilled: DistilledEdit, school: _School, costs: Costs, reused: bool) -> dict[str, Any]:
    return {
        "terms": school.terms,
        "shares": list(school.stage.shares),
        "explained": {
            f"{share:g}": round(float(value), 4)
            for share, value in zip(distilled.explained_at, distilled.explained, strict=True)
        },
        "explained_on": distilled.judged,
        "side": distilled.side,
        "seconds": {name: round(value, 2) for name, value in costs.seconds.items()},
        "reused": reused,
    }


class _School:
    """Makes pairs and the network that learns from them."""

    def __init__(self, cfg: DictConfig, work: Workspace, costs: Costs) -> None:
        self.cfg, self.work, self.costs = cfg, work, costs
        self.builder = Builder(cfg)
        self.stage = self.builder.stage("distill")
        self.terms = _terms(cfg)

    def distilled(self) -> Made:
        """The network's weights."""
        prints = {"distill": self.builder.fingerprint("distill"), "pairs": self._pairs_print()}
        line = self._line(self.builder, prints | {"imagined": self._imagined_print()})
        prepared = pipeline.prepare(self.builder.stages(), line)
        num_faces = len(prepared.aligned.value.crops)
        learned, judged = self.stage.learned(num_faces), self.stage.judged(num_faces)
        pairs = self._pairs(line, prepared, learned, self.stage.shares)
        imagined = line.make(
            "imagined", self._imagined(), prepared.aligned, prepared.tuned, pipeline.choice_of(learned)
        )
        held_out = self._pairs(line, prepared, judged, _WHOLE)
        return line.make("distill", self.stage, pairs, imagined, held_out)

    def _line(self, builder: Builder, more: dict[str, str]) -> pipeline.Line:
        return pipeline.Line(builder.store(more), self.work, self.costs.measure)

    def _pairs_print(self) -> str:
        settings = [self.builder.fingerprint("composite"), self.stage.shares, self.stage.most_px, _PAIRS_VERSION]
        return json.dumps(settings)

    def _imagined_print(self) -> str:
        stages = [self.builder.fingerprint(name) for name in ("aligner", "edit", "stitching")]
        return json.dumps([self._pairs_print(), stages, repr(self.stage.imagination)])

    def _pairs(self, line: pipeline.Line, prepared: pipeline.Prepared, faces: slice, shares: Sequence[float]) -> Made:
        stitched = [self._stitched(share, prepared, faces) for share in shares] if pipeline.num_chosen(faces) else []
        paired = functools.partial(_paired, self._pairing(shares))
        return line.make("pairs", paired, prepared.aligned, prepared.tuned, pipeline.choice_of(faces), *stitched)

    def _stitched(self, share: float, prepared: pipeline.Prepared, faces: slice) -> Made:
        """All faces where they are in the store or cannot be stitched apart, else these alone."""
        builder = self._at(share)
        line, stage = self._line(builder, {}), builder.stage("stitching")
        inputs = prepared.aligned, prepared.tuned, line.make("edit", builder.stage("edit"), prepared.tuned)
        if line.store.find("stitching", inputs) is None and _apart(stage):
            return line.make("stitching", stage.part, *inputs, pipeline.choice_of(faces))
        return line.make("stitching", stage, *inputs)

    def _pairing(self, shares: Sequence[float]) -> Pairing:
        return Pairing(self.builder.stage("composite"), shares, self.stage.most_px)

    def _imagined(self) -> ImaginedPairs:
        builders = [self._at(share) for share in self.stage.shares]
        return ImaginedPairs(self.builder, builders, self.stage, self._pairing(self.stage.shares))

    def _at(self, share: float) -> Builder:
        builder = copy.copy(self.builder)  # shares the networks that are loaded
        builder.cfg = at_share(self.cfg, share)
        return builder


def _paired(
    pairing: Pairing, aligned: AlignedClip, tuned: TunedGenerator, faces: slice, *stitched_and_work: Any
) -> EditPairs:
    *stitched, work = stitched_and_work
    if not pipeline.num_chosen(faces):
        return pairing.nothing(aligned)
    num_faces = len(aligned.crops)
    crops = [part_of(one, faces, num_faces) for one in stitched]
    return pairing(*chosen(aligned, tuned, faces), crops, work)


def _apart(stage: Stitching) -> bool:
    try:
        stage.check_apart()
    except ConfigError:
        return False
    return True


def at_share(cfg: DictConfig, share: float) -> DictConfig:
    """The settings with all strengths of the edit at a share of what they are.

    Raises:
        ConfigError: The edit has no strength.
    """
    if cfg.edit.get("strength") is None:
        raise ConfigError(f"{cfg.edit.get('_target_')} has no strength, so that nothing can be taught at a part of it")
    terms = {name: float(value) * share for name, value in (cfg.edit.get("terms") or {}).items()}
    changed = {"strength": float(cfg.edit.strength) * share, **({"terms": terms} if terms else {})}
    return OmegaConf.merge(cfg, {"edit": changed})  # type: ignore[return-value]


def _terms(cfg: DictConfig) -> dict[str, float]:
    main = {str(cfg.edit.get("attribute", "edit")): float(cfg.edit.get("strength") or 0.0)}
    return main | {str(name): float(value) for name, value in (cfg.edit.get("terms") or {}).items()}
