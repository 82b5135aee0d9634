"""The stages of `model=ffhq_mobile`: what each reads, fits and writes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from stitch_exp.networks.mobile_files import MOBILE
from stitch_exp.networks.mobile_stylegan import NUM_WS, Head
from stitch_exp.perceptual.trunk_features import TrunkFeatures
from stitch_exp.training.data import FaceData
from stitch_exp.training.mobile.attributes import RatedFaces, describe_samples
from stitch_exp.training.mobile.codes import Codes, CodesPlan, draw, load_codes, numbered, save_codes
from stitch_exp.training.mobile.crops import cut_crops, load_crops
from stitch_exp.training.mobile.directions import DirectionsPlan, all_steps, as_rows, read_off
from stitch_exp.training.mobile.encoder import MobileEncoderStage, fresh_encoder
from stitch_exp.training.mobile.filmed import Filmed, FilmedPlan
from stitch_exp.training.mobile.findings import directions_metadata, write_findings
from stitch_exp.training.mobile.heads import CropData, HeadPlan, HeadStage, own_state
from stitch_exp.training.mobile.likeness import Critics, LikenessData, LikenessPlan, LikenessStage
from stitch_exp.training.mobile.person import PersonLoss, shipped_recognisers
from stitch_exp.training.mobile.samples import render_samples
from stitch_exp.training.mobile.sources import (
    PERCEPTUAL,
    load_encoder,
    load_generator,
    load_generator_with_heads,
    load_trunk,
    shipped,
)
from stitch_exp.training.mobile.updates import EncoderUpdates, UpdatesPlan
from stitch_exp.training.runner import Run, fit
from stitch_exp.training.storage import save_network


@dataclass(frozen=True, slots=True)
class Setting:
    """What all stages of the model share.

    Args:
        run: How to train.
        data: Folder or zip of the rendered samples.
        out: Folder of the finished files.
        licence: Written into them.
        half: Store them in half precision.
        loader: `batch_size`, `steps_per_epoch`, `held_out_modulo`, `in_memory`, `num_workers`.
        encoder: Arguments of `MobileEncoder`.
        num_steps: Updates of a whole training.
    """

    run: Run
    data: Path
    out: Path
    licence: str
    half: bool
    loader: Mapping[str, Any]
    encoder: Mapping[str, int]
    num_steps: int

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "Setting":
        """From the composed settings of a stage."""
        loader = {key: value for key, value in settings["loader"].items() if key != "oversize"}
        return cls(
            Run.of(settings), Path(settings["data"]), Path(settings["out"]), settings["licence"], settings["half"],
            loader, settings["model"]["encoder"], settings["stage"]["max_epochs"] * loader["steps_per_epoch"],
        )  # fmt: skip


def samples(setting: Setting, *, count: int, side: int, rendered_side: int, codes: Mapping[str, Any]) -> None:
    """Renders faces; writes `NNNNN.jpg` and `codes.safetensors` to `data`."""
    generator = load_generator()
    drawn = draw(generator, count, CodesPlan(**codes), setting.run.seed)
    save_codes(setting.data / "codes.safetensors", drawn, setting.licence)
    render_samples(generator, drawn, setting.data, side=side, rendered_side=rendered_side)


def heads(
    setting: Setting, *, count: int, crop_sides: Mapping[int, int], codes: Mapping[str, Any], plan: Mapping[str, Any]
) -> None:
    """Fits the heads; writes `generator.safetensors`, our part of the generator."""
    generator, folder = load_generator(), setting.run.folder / "crops"
    drawn = draw(generator, count, CodesPlan(**codes), setting.run.seed)
    cut_crops(generator, drawn, crop_sides, folder, setting.run.seed)
    loader = {key: setting.loader[key] for key in ("batch_size", "steps_per_epoch")}
    fitted = {}
    for side in crop_sides:
        data = CropData(load_crops(folder, side), seed=setting.run.seed, **loader)
        head_plan = HeadPlan(num_steps=setting.num_steps, **plan)
        module = HeadStage(Head(side, generator.w_dim), data.train_crops, generator.w_avg, head_plan)
        fit(replace(setting.run, folder=setting.run.folder / f"head{side}"), module, data)
        fitted[side] = module.finished()
    state, path = own_state(fitted, generator.w_avg), setting.out / "generator.safetensors"
    save_network(path, state, network=MOBILE, arguments={}, licence=setting.licence, half=setting.half)


def encoder(
    setting: Setting, *, codes: str, side: int, plan: Mapping[str, Any], filmed: Mapping[str, Any] | None
) -> None:
    """Trains the encoder; writes `encoder.safetensors`."""
    data = FaceData(str(setting.data), side=side, seed=setting.run.seed, **setting.loader)
    known = load_codes(Path(codes), setting.encoder["num_ws"])
    module = MobileEncoderStage(
        fresh_encoder(load_trunk(), **setting.encoder),
        Filmed(FilmedPlan(**filmed)) if filmed else None,
        UpdatesPlan(num_steps=setting.num_steps, **plan),
        train_codes=numbered(known, data.train_set.names),
        held_codes=numbered(known, data.held_set.names),
    )
    fit(setting.run, module, data)
    _save_encoder(setting, module, known)


def likeness(
    setting: Setting, *, start: str | None, generator: str | None, codes: str, faces: str, side: int,
    plan: Mapping[str, Any], filmed: Mapping[str, Any],
) -> None:  # fmt: skip
    """Trains a finished encoder on pictures; writes `encoder.safetensors` anew."""
    data = LikenessData(
        FaceData(str(setting.data), side=side, seed=setting.run.seed, **setting.loader),
        FaceData(faces, side=side, seed=setting.run.seed + 1, **setting.loader),
    )
    known = load_codes(Path(codes), setting.encoder["num_ws"])
    weights = dict(plan)
    updates = weights.pop("updates")
    features = TrunkFeatures(weights=shipped(PERCEPTUAL), resize_px=None)
    module = LikenessStage(
        load_encoder(start),
        load_generator_with_heads(generator),
        Critics(features, PersonLoss(shipped_recognisers(shipped("recognisers")))),
        Filmed(FilmedPlan(**filmed)),
        LikenessPlan(**weights),
        UpdatesPlan(num_steps=setting.num_steps, **updates),
        codes=numbered(known, data.samples.train_set.names),
    )
    fit(setting.run, module, data)
    _save_encoder(setting, module, known)


def _save_encoder(setting: Setting, module: EncoderUpdates, known: Codes) -> None:
    state = {f"network.{key}": value for key, value in module.average.state_dict().items()}
    state["latent_avg"] = known.average.repeat(known.num_ws, 1)
    save_network(
        setting.out / "encoder.safetensors", state, network=type(module.encoder).__name__,
        arguments=dict(setting.encoder), licence=setting.licence, half=setting.half, kind="e4e",
    )  # fmt: skip


def directions(setting: Setting, *, codes: str, side: int, faces: str, ratings: str, plan: Mapping[str, Any]) -> None:
    """Fits the directions; writes `directions.safetensors`, and its figures to the run folder."""
    rated, found = RatedFaces.read(Path(faces), Path(ratings)), DirectionsPlan(**plan)
    described = describe_samples(setting.data, rated, load_trunk(), side, setting.run.folder)
    known = numbered(load_codes(Path(codes), setting.encoder["num_ws"]), described.names)
    rows, single = known.single()
    usable = described.usable & single.numpy()
    attributes = {name: values[usable] for name, values in described.attributes.items()}
    readings = read_off((rows - known.average).double().numpy()[usable], attributes, found.code_ridge)
    steps = all_steps(readings, found.step_ridge)
    save_network(
        setting.out / "directions.safetensors",
        {name: torch.from_numpy(as_rows(name, step, NUM_WS)).float() for name, step in steps.items()},
        network="directions", arguments={}, licence=setting.licence, half=False,
        **directions_metadata(found, int(usable.sum())),
    )  # fmt: skip
    write_findings(setting.run.folder / "directions.json", described, readings, steps)


STAGES: dict[str, Callable[..., None]] = {
    "mobile_samples": samples,
    "mobile_heads": heads,
    "mobile_encoder": encoder,
    "mobile_likeness": likeness,
    "mobile_directions": directions,
}
