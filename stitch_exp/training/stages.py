"""What each stage reads, trains and writes."""

from pathlib import Path

import torch
from torch import Tensor

from stitch_exp.errors import DataError, WeightsError
from stitch_exp.inverters.e4e import Encoder4Editing
from stitch_exp.networks.stylegan2 import Generator
from stitch_exp.training import directions_stage, evaluate_stage, rebase_stage
from stitch_exp.training.augment import RandomView, as_float, shrink
from stitch_exp.training.critics import ImageCritic
from stitch_exp.training.data import FaceData, FaceImages, ImageSource, held_out
from stitch_exp.training.ema import save_grid
from stitch_exp.training.encoder_stage import EncoderPlan, EncoderStage
from stitch_exp.training.estimator import AgeGenderEstimator
from stitch_exp.training.generator_stage import GeneratorPlan, GeneratorStage
from stitch_exp.training.identity import FaceDescriptor
from stitch_exp.training.mapping_stage import LatentData, MappingStage
from stitch_exp.training.runner import Run, build_data, build_generator, fit
from stitch_exp.training.storage import load_matching, load_strict, read_tensors, save_network


def generator(settings: dict) -> None:
    """Autoencoder, then adversarial; writes the generator, the encoder and the discriminator."""
    stage, data = settings["stage"], build_data(settings)
    network = build_generator(settings, stage["start"])
    encoder = build_encoder(settings, network)
    if stage["start_encoder"]:
        load_matching(encoder, read_tensors(stage["start_encoder"])[0])
    critic = ImageCritic(network.resolution, **settings["model"]["critic"])
    if stage["start_critic"]:
        load_strict(critic, read_tensors(stage["start_critic"])[0])
    module = GeneratorStage(
        network,
        encoder,
        critic,
        RandomView(network.resolution, **stage["view"]),
        GeneratorPlan(**stage["plan"]),
        codes=_codes(stage["codes"], data, network.num_ws) if stage["codes"] else None,
        grid_folder=Path(settings["run_folder"]) / "grids",
    )
    fit(Run.of(settings), module, data)
    save_generator(settings, module.average["generator"])
    save_encoder(settings, module.average["encoder"], module.latent_avg)
    _save(settings, "critic", module.critic, {"resolution": network.resolution, **settings["model"]["critic"]})


def mapping(settings: dict) -> None:
    """Fits f(z) to the encoder's rows of the training images; rewrites the generator with f and `w_avg`."""
    stage, data = settings["stage"], build_data(settings)
    network = load_generator(settings)
    if stage["codes"]:
        codes = _codes(stage["codes"], data, network.num_ws)[:, 0]
    else:
        codes = encode(*load_encoder(settings, network), data.train_set, network.resolution)[:, 0]
    latents = LatentData(
        codes, batch_size=stage["batch_size"], steps_per_epoch=stage["steps_per_epoch"], seed=settings["seed"]
    )
    fit(Run.of(settings), MappingStage(network.mapping, codes, **stage["plan"]), latents)
    with torch.no_grad():
        network.mapping.w_avg.copy_(network.mapping(torch.randn(20_000, network.z_dim)).mean(dim=0))
    save_generator(settings, network)


def encoder(settings: dict) -> None:
    """e4e on the frozen generator, warm-started from the encoder in `out` if there is one."""
    stage, data = settings["stage"], build_data(settings)
    network = load_generator(settings)
    if (Path(settings["out"]) / "encoder.safetensors").exists() and stage["warm_start"]:
        trained, latent_avg = load_encoder(settings, network)
    else:
        trained, latent_avg = build_encoder(settings, network), network.w_avg.repeat(network.num_ws, 1)
    module = EncoderStage(
        network,
        trained,
        _load_critic(settings, network.resolution),
        RandomView(network.resolution, **stage["view"]),
        EncoderPlan(**stage["plan"]),
        latent_avg=latent_avg,
        codes=_codes(stage["codes"], data, network.num_ws) if stage["codes"] else None,
        grid_folder=Path(settings["run_folder"]) / "grids",
    )
    fit(Run.of(settings), module, data)
    save_encoder(settings, module.average, latent_avg)


def rebase(settings: dict) -> None:
    """A shared W from free W+ codes; writes the generator and the codes in the new space."""
    stage = settings["stage"]
    network = build_generator(settings, stage["start"])
    tensors, metadata = read_tensors(stage["codes"])
    codes = rebase_stage.rebase(network, tensors["codes"], settings["seed"])
    save_generator(settings, network)
    path = Path(settings["out"]) / "codes.safetensors"
    save_network(
        path,
        {"codes": codes},
        network="codes",
        arguments={},
        licence=settings["licence"],
        half=settings["half"],
        rows=metadata["rows"],
    )


def directions(settings: dict) -> None:
    """Edit directions from ratings, landmarks and paired edits; writes `directions.safetensors`."""
    stage, source = settings["stage"], ImageSource(settings["data"])
    modulo = settings["loader"]["held_out_modulo"]
    names = [name for name in source.names if not held_out(name, modulo)]
    network = load_generator(settings)
    side = settings["loader"]["oversize"] * network.resolution
    if stage["codes"]:
        codes = _named_codes(stage["codes"], names, network.num_ws)
    else:
        images = FaceImages(source, names, side, in_memory=False)
        codes = encode(*load_encoder(settings, network), images, network.resolution)
    rows = [directions_stage.strip(name) for name in names]
    columns = [*directions_stage.RATINGS.values(), *directions_stage.CONTROLS.values()]
    ratings = directions_stage.read_ratings(Path(stage["ratings"]).read_text(), columns)
    rated = [index for index, row in enumerate(rows) if row in ratings]
    measured = directions_stage.measure_rows(source, [names[index] for index in rated], side)
    found = directions_stage.regressors(ratings, [rows[index] for index in rated], measured)
    table = dict(zip(rows, codes.numpy(), strict=True))
    vectors = directions_stage.build(table, found, **stage["plan"])
    save_network(
        Path(settings["out"]) / "directions.safetensors",
        {name: torch.from_numpy(vector) for name, vector in vectors.items()},
        network="directions",
        arguments={},
        licence=settings["licence"],
        half=settings["half"],
        **directions_stage.description(stage["plan"], len(found.rows)),
    )


def evaluate(settings: dict) -> None:
    """Measures the model in `out` on held-out faces; writes metrics, the table of directions and picture grids."""
    stage, folder = settings["stage"], Path(settings["run_folder"])
    network = load_generator(settings)
    trained, latent_avg = load_encoder(settings, network)
    held = _held_out_images(settings, network.resolution)
    targets = as_float(torch.stack([held[index][0] for index in range(len(held))]), network.resolution)
    codes = encode(trained, latent_avg, held, network.resolution)
    images = evaluate_stage.render(network, codes)
    vectors = read_tensors(Path(settings["out"]) / "directions.safetensors")[0]
    judge = evaluate_stage.Judge(AgeGenderEstimator(stage["estimator"]), FaceDescriptor())
    random = evaluate_stage.samples(network, stage["num_samples"], stage["truncation"], settings["seed"])
    figures = {
        "held_out": evaluate_stage.inversion(judge, images, targets),
        "samples_detected": evaluate_stage.detection_rate(random),
        "reconstructions_detected": evaluate_stage.detection_rate(images),
        "pti_psnr_db": [
            evaluate_stage.tuned_psnr(network, codes[face, None], targets[face, None], **stage["pti"])
            for face in stage["pti_faces"]
        ],
    }
    table = evaluate_stage.edit_table(judge, network, codes, vectors, stage["strength"])
    evaluate_stage.write(folder, figures, table)
    save_grid(random[:32], folder / "samples.png", 8)
    save_grid(torch.cat([targets[:16], images[:16]]), folder / "reconstructions.png", 16)
    for name, vector in vectors.items():
        steps = [evaluate_stage.render(network, codes[:8] + scale * vector) for scale in (-2, -1, 0, 1, 2)]
        save_grid(torch.cat(steps), folder / f"edit-{name}.png", 8)


def _held_out_images(settings: dict, resolution: int) -> FaceImages:
    source, modulo = ImageSource(settings["data"]), settings["loader"]["held_out_modulo"]
    names = [name for name in source.names if held_out(name, modulo) and "edited/" not in name]
    return FaceImages(source, names, settings["loader"]["oversize"] * resolution, in_memory=False)


def build_encoder(settings: dict, network: Generator) -> Encoder4Editing:
    """A fresh encoder that fits the generator."""
    return Encoder4Editing(**_encoder_arguments(settings, network))


def _encoder_arguments(settings: dict, network: Generator) -> dict:
    return {"num_styles": network.num_ws, "style_dim": network.w_dim, **settings["model"]["encoder"]}


def load_generator(settings: dict) -> Generator:
    """The generator in `out`."""
    network = build_generator(settings, None)
    load_strict(network, read_tensors(Path(settings["out"]) / "generator.safetensors")[0])
    return network.eval()


def load_encoder(settings: dict, network: Generator) -> tuple[Encoder4Editing, Tensor]:
    """The encoder in `out`, and the code its offsets are added to."""
    tensors, _ = read_tensors(Path(settings["out"]) / "encoder.safetensors")
    latent_avg = tensors.pop("latent_avg")
    trained = build_encoder(settings, network)
    load_strict(trained, tensors)
    return trained.eval(), latent_avg


def _load_critic(settings: dict, resolution: int) -> ImageCritic | None:
    try:
        tensors, _ = read_tensors(Path(settings["out"]) / "critic.safetensors")
    except WeightsError:
        return None
    critic = ImageCritic(resolution, **settings["model"]["critic"])
    load_strict(critic, tensors)
    return critic


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


def save_generator(settings: dict, network: torch.nn.Module) -> None:
    """Writes `generator.safetensors`."""
    _save(settings, "generator", network, settings["model"]["generator"])


def save_encoder(settings: dict, trained: torch.nn.Module, latent_avg: Tensor) -> None:
    """Writes `encoder.safetensors`; its extra tensor `latent_avg` is added to what the encoder returns."""
    rows, width = latent_avg.shape
    arguments = {"num_styles": rows, "style_dim": width, **settings["model"]["encoder"]}
    _save(settings, "encoder", trained, arguments, latent_avg=latent_avg)


def _save(settings: dict, name: str, network: torch.nn.Module, arguments: dict, **extra: Tensor) -> None:
    save_network(
        Path(settings["out"]) / f"{name}.safetensors",
        {**network.state_dict(), **extra},
        network=type(network).__name__,
        arguments=arguments,
        licence=settings["licence"],
        half=settings["half"],
    )


TABLE = {
    "generator": generator,
    "rebase": rebase,
    "mapping": mapping,
    "encoder": encoder,
    "directions": directions,
    "evaluate": evaluate,
}
