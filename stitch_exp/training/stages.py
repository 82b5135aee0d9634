"""The stages of `model=mini`: what each reads, trains and writes."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from stitch_exp.errors import DataError
from stitch_exp.inverters.e4e import Encoder4Editing
from stitch_exp.training import directions_stage, evaluate_stage, rebase_stage
from stitch_exp.training.augment import RandomView, as_float, shrink
from stitch_exp.training.critics import ImageCritic
from stitch_exp.training.data import FaceData, FaceImages, ImageSource
from stitch_exp.training.ema import save_grid
from stitch_exp.training.encoder_stage import EncoderPlan, EncoderStage
from stitch_exp.training.estimator import AgeGenderEstimator
from stitch_exp.training.generator_stage import GeneratorPlan, GeneratorStage
from stitch_exp.training.identity import FaceDescriptor
from stitch_exp.training.mapping_stage import LatentData, MappingStage
from stitch_exp.training.mini import MiniTraining
from stitch_exp.training.runner import fit
from stitch_exp.training.storage import load_matching, load_strict, read_tensors, save_network

Plan = Mapping[str, Any]
"""A group of a stage's YAML."""


def generator(
    training: MiniTraining, *, start: str | None, start_encoder: str | None, start_critic: str | None,
    codes: str | None, view: Plan, plan: Plan,
) -> None:  # fmt: skip
    """Autoencoder, then adversarial; writes the generator, the encoder and the discriminator."""
    data, network = training.faces(), training.new_generator(start)
    encoder = training.new_encoder(network)
    if start_encoder:
        load_matching(encoder, read_tensors(start_encoder)[0])
    critic = ImageCritic(network.resolution, **training.critic)
    if start_critic:
        load_strict(critic, read_tensors(start_critic)[0])
    module = GeneratorStage(
        network,
        encoder,
        critic,
        RandomView(network.resolution, **view),
        GeneratorPlan(**plan),
        codes=_codes(codes, data, network.num_ws) if codes else None,
        grid_folder=training.grids,
    )
    fit(training.run, module, data)
    training.save_generator(module.average["generator"])
    training.save_encoder(module.average["encoder"], module.latent_avg)
    training.save_critic(module.critic, network.resolution)


def mapping(training: MiniTraining, *, batch_size: int, steps_per_epoch: int, codes: str | None, plan: Plan) -> None:
    """Fits f(z) to the encoder's rows of the training images; rewrites the generator with f and `w_avg`."""
    data, network = training.faces(), training.load_generator()
    if codes:
        rows = _codes(codes, data, network.num_ws)[:, 0]
    else:
        rows = encode(*training.load_encoder(network), data.train_set, network.resolution)[:, 0]
    latents = LatentData(rows, batch_size=batch_size, steps_per_epoch=steps_per_epoch, seed=training.run.seed)
    fit(training.run, MappingStage(network.mapping, rows, **plan), latents)
    with torch.no_grad():
        network.mapping.w_avg.copy_(network.mapping(torch.randn(20_000, network.z_dim)).mean(dim=0))
    training.save_generator(network)


def encoder(training: MiniTraining, *, warm_start: bool, view: Plan, codes: str | None, plan: Plan) -> None:
    """e4e on the frozen generator, warm-started from the encoder in `out` if there is one."""
    data, network = training.faces(), training.load_generator()
    if (training.out / "encoder.safetensors").exists() and warm_start:
        trained, latent_avg = training.load_encoder(network)
    else:
        trained, latent_avg = training.new_encoder(network), network.w_avg.repeat(network.num_ws, 1)
    module = EncoderStage(
        network,
        trained,
        training.load_critic(network.resolution),
        RandomView(network.resolution, **view),
        EncoderPlan(**plan),
        latent_avg=latent_avg,
        codes=_codes(codes, data, network.num_ws) if codes else None,
        grid_folder=training.grids,
    )
    fit(training.run, module, data)
    training.save_encoder(module.average, latent_avg)


def rebase(training: MiniTraining, *, start: str, codes: str) -> None:
    """A shared W from free W+ codes; writes the generator and the codes in the new space."""
    network = training.new_generator(start)
    tensors, metadata = read_tensors(codes)
    shared = rebase_stage.rebase(network, tensors["codes"], training.run.seed)
    training.save_generator(network)
    save_network(
        training.out / "codes.safetensors", {"codes": shared}, network="codes", arguments={},
        licence=training.licence, half=training.half, rows=metadata["rows"],
    )  # fmt: skip


def directions(training: MiniTraining, *, ratings: str, codes: str | None, plan: Plan) -> None:
    """Edit directions from ratings, landmarks and paired edits; writes `directions.safetensors`."""
    source, network = ImageSource(training.data), training.load_generator()
    names = training.training_names(source)
    if codes:
        known = _named_codes(codes, names, network.num_ws)
    else:
        images = FaceImages(source, names, training.kept_side, in_memory=False)
        known = encode(*training.load_encoder(network), images, network.resolution)
    rows = [directions_stage.strip(name) for name in names]
    columns = [*directions_stage.RATINGS.values(), *directions_stage.CONTROLS.values()]
    read = directions_stage.read_ratings(Path(ratings).read_text(), columns)
    rated = [index for index, row in enumerate(rows) if row in read]
    measured = directions_stage.measure_rows(source, [names[index] for index in rated], training.kept_side)
    found = directions_stage.regressors(read, [rows[index] for index in rated], measured)
    table = dict(zip(rows, known.numpy(), strict=True))
    vectors = directions_stage.build(table, found, **plan)
    save_network(
        training.out / "directions.safetensors",
        {name: torch.from_numpy(vector) for name, vector in vectors.items()},
        network="directions", arguments={}, licence=training.licence, half=training.half,
        **directions_stage.description(plan, len(found.rows)),
    )  # fmt: skip


def evaluate(
    training: MiniTraining, *, estimator: str, num_samples: int, truncation: float, strength: float,
    pti_faces: Sequence[int], pti: Plan,
) -> None:  # fmt: skip
    """Measures the model in `out` on held-out faces; writes metrics, the table of directions and picture grids."""
    folder, network = training.run.folder, training.load_generator()
    trained, latent_avg = training.load_encoder(network)
    held = training.held_out_images()
    targets = as_float(torch.stack([held[index][0] for index in range(len(held))]), network.resolution)
    codes = encode(trained, latent_avg, held, network.resolution)
    images = evaluate_stage.render(network, codes)
    vectors = read_tensors(training.out / "directions.safetensors")[0]
    judge = evaluate_stage.Judge(AgeGenderEstimator(estimator), FaceDescriptor())
    random = evaluate_stage.samples(network, num_samples, truncation, training.run.seed)
    figures = {
        "held_out": evaluate_stage.inversion(judge, images, targets),
        "samples_detected": evaluate_stage.detection_rate(random),
        "reconstructions_detected": evaluate_stage.detection_rate(images),
        "pti_psnr_db": [
            evaluate_stage.tuned_psnr(network, codes[face, None], targets[face, None], **pti) for face in pti_faces
        ],
    }
    evaluate_stage.write(folder, figures, evaluate_stage.edit_table(judge, network, codes, vectors, strength))
    save_grid(random[:32], folder / "samples.png", 8)
    save_grid(torch.cat([targets[:16], images[:16]]), folder / "reconstructions.png", 16)
    for name, vector in vectors.items():
        steps = [evaluate_stage.render(network, codes[:8] + scale * vector) for scale in (-2, -1, 0, 1, 2)]
        save_grid(torch.cat(steps), folder / f"edit-{name}.png", 8)


@torch.no_grad()
def encode(encoder: Encoder4Editing, latent_avg: Tensor, images: FaceImages, side: int) -> Tensor:
    """W+ codes [N, L, D] of stored images."""
    codes = []
    for start in range(0, len(images), 32):
        stack = torch.stack([images[index][0] for index in range(start, min(start + 32, len(images)))])
        codes.append(encoder(shrink(as_float(stack, side), encoder.input_size)) + latent_avg)
    return torch.cat(codes)


def _codes(path: str, data: FaceData, num_rows: int) -> Tensor:
    return _named_codes(path, data.train_set.names, num_rows)


def _named_codes(path: str, names: list[str], num_rows: int) -> Tensor:
    tensors, metadata = read_tensors(path)
    index = {row: number for number, row in enumerate(metadata["rows"].split("\n"))}
    rows = [directions_stage.strip(name) for name in names]
    missing = [row for row in rows if row not in index]
    if missing:
        raise DataError(f"{path} has no code for {len(missing)} training images, the first is {missing[0]!r}")
    codes = tensors["codes"][[index[row] for row in rows]]
    return torch.cat([codes, codes[:, -1:].repeat(1, num_rows - codes.shape[1], 1)], dim=1)


TABLE: dict[str, Callable[..., None]] = {
    "generator": generator,
    "rebase": rebase,
    "mapping": mapping,
    "encoder": encoder,
    "directions": directions,
    "evaluate": evaluate,
}
