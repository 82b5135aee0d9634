"""Every attribute of every rendered face: predicted ratings, landmarks and colours, beard and glasses."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Bool, Float

from stitch_exp.errors import DataError
from stitch_exp.host.whole import written_whole
from stitch_exp.inverters.mobile_encoder import LiteTrunk
from stitch_exp.training.data import ImageSource
from stitch_exp.training.directions_stage import read_ratings, strip
from stitch_exp.training.measure import NAMES, measure_faces
from stitch_exp.training.mobile.directions import MEASURED, RATED
from stitch_exp.training.mobile.features import comparable, picture_features
from stitch_exp.training.mobile.labels import predict
from stitch_exp.training.mobile.painted import beard, glasses

BATCH = 16


@dataclass(frozen=True, slots=True)
class RatedFaces:
    """Faces with their mean ratings.

    Args:
        source: The pictures.
        names: Which of them are rated.
        ratings: One row a face, in the order of `RATED`.
    """

    source: ImageSource
    names: list[str]
    ratings: Float[np.ndarray, "M A"]

    @classmethod
    def read(cls, faces: Path, ratings: Path) -> "RatedFaces":
        """Faces of an archive that a table of ratings knows."""
        source, table = ImageSource(faces), read_ratings(ratings.read_text(), list(RATED))
        names = [name for name in source.names if strip(name) in table]
        if not names:
            raise DataError(f"'{ratings}' rates none of the pictures of '{faces}', which are to be called faces/N.jpg")
        return cls(source, names, np.stack([table[strip(name)] for name in names]))


@dataclass(frozen=True, slots=True)
class Described:
    """Rendered faces with their attributes.

    Args:
        names: The pictures.
        attributes: One value a picture.
        usable: Whether landmarks were found.
        explained: R2 of the predicted ratings on rated faces left out of the fit.
    """

    names: list[str]
    attributes: dict[str, Float[np.ndarray, " N"]]
    usable: Bool[np.ndarray, " N"]
    explained: dict[str, float]


def describe_samples(data: Path, rated: RatedFaces, trunk: LiteTrunk, side: int, folder: Path) -> Described:
    """Measures all samples; what takes minutes is kept in `folder` for the next time.

    Args:
        side: Side in px at which pictures are read.
    """
    source = ImageSource(data)
    names = source.names
    theirs = _kept(folder / "features-rated.npz", lambda: look(trunk, rated.source, rated.names, side))
    ours = _kept(folder / "features-samples.npz", lambda: look(trunk, source, names, side))
    measured = _kept(folder / "measured.npz", lambda: _measure(source, names, side))
    labels = predict(
        *comparable(*([torch.from_numpy(part) for part in parts] for parts in (ours, theirs))), rated.ratings
    )
    attributes = dict(zip(RATED, labels.values.T, strict=True))
    attributes |= {name: measured[0][:, NAMES.index(name)] for name in MEASURED}
    attributes |= {"beard": measured[1], "glasses": measured[2]}
    usable = np.all(np.isfinite(measured[0]), axis=1)
    return Described(names, attributes, usable, dict(zip(RATED, labels.explained.tolist(), strict=True)))


def look(trunk: LiteTrunk, source: ImageSource, names: Sequence[str], side: int) -> list[Float[np.ndarray, "N _"]]:
    """Features of pictures, block by block; see `picture_features`."""
    stacks = (torch.from_numpy(stack).movedim(-1, 1) for stack in _stacks(source, names, side))
    found = [picture_features(trunk, stack) for stack in stacks]
    return [torch.cat(block).numpy() for block in zip(*found, strict=True)]


def _stacks(source: ImageSource, names: Sequence[str], side: int) -> Iterator[np.ndarray]:
    for start in range(0, len(names), BATCH):
        yield np.stack([source.read(name, side) for name in names[start : start + BATCH]])


def _measure(source: ImageSource, names: Sequence[str], side: int) -> list[np.ndarray]:
    marks = measure_faces(source.read(name, side) for name in names)
    painted = [(beard(stack), glasses(stack)) for stack in _stacks(source, names, side)]
    return [marks, *(np.concatenate(part) for part in zip(*painted, strict=True))]


def _kept(path: Path, make: Callable[[], list[np.ndarray]]) -> list[np.ndarray]:
    """Arrays from a file, or made and stored in it."""
    if not path.is_file():
        arrays = make()
        with written_whole(path) as unfinished:
            np.savez(unfinished, *arrays)
    with np.load(path) as stored:
        return [stored[key] for key in stored.files]
