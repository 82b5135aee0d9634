"""The order of a lesson: the stages of a finished run at several strengths, pairs, imagined pairs, then `distill`."""

from __future__ import annotations

import copy
import json
from typing import Any

from omegaconf import DictConfig, OmegaConf
from rich.console import Console

from stitch_exp import pipeline
from stitch_exp.building.builder import Builder
from stitch_exp.console.progress import Costs, Screen
from stitch_exp.distill import Pairing
from stitch_exp.errors import ConfigError
from stitch_exp.lesson.imagining import ImaginedPairs
from stitch_exp.networks.live_files import LiveEdit, LiveModel
from stitch_exp.networks.live_unet import LiveUNet
from stitch_exp.ops.detail import DetailMap
from stitch_exp.ops.look import Look
from stitch_exp.store import Made, mapped
from stitch_exp.types import DistilledEdit, EditPairs, Workspace

_PAIRS_VERSION = 2


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
        "explained": [round(float(value), 4) for value in distilled.explained],
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
        stitched = [self._stitched(share, prepared) for share in self.stage.shares]
        pairs = line.make("pairs", self._paired, prepared.aligned, prepared.tuned, *stitched)
        imagined = line.make("imagined", self._imagined(), prepared.aligned, prepared.tuned)
        return line.make("distill", self.stage, pairs, imagined)

    def _line(self, builder: Builder, more: dict[str, str]) -> pipeline.Line:
        return pipeline.Line(builder.store(more), self.work, self.costs.measure)

    def _pairs_print(self) -> str:
        settings = [self.builder.fingerprint("composite"), self.stage.shares, self.stage.most_px, _PAIRS_VERSION]
        return json.dumps(settings)

    def _imagined_print(self) -> str:
        stages = [self.builder.fingerprint(name) for name in ("aligner", "edit", "stitching")]
        return json.dumps([self._pairs_print(), stages, repr(self.stage.imagination), self.stage.held_out])

    def _stitched(self, share: float, prepared: pipeline.Prepared) -> Made:
        builder = self._at(share)
        line = self._line(builder, {})
        edited = line.make("edit", builder.stage("edit"), prepared.tuned)
        return line.make("stitching", builder.stage("stitching"), prepared.aligned, prepared.tuned, edited)

    def _paired(self, *given: Any) -> EditPairs:
        aligned, tuned, *stitched, work = given
        return self._pairing()(aligned, tuned, stitched, work)

    def _pairing(self) -> Pairing:
        return Pairing(self.builder.stage("composite"), self.stage.shares, self.stage.most_px)

    def _imagined(self) -> ImaginedPairs:
        builders = [self._at(share) for share in self.stage.shares]
        return ImaginedPairs(self.builder, builders, self.stage, self._pairing())

    def _at(self, share: float) -> Builder:
        builder = copy.copy(self.builder)  # shares the networks that are loaded
        builder.cfg = at_share(self.cfg, share)
        return builder


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
