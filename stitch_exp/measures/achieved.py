"""Did the edit take, and only it: what changed in the face, frame by frame, with its spread over time.

Each attribute is read in the source and in the edited frame by the same instrument; the number is the mean change. An
edit that comes and goes shows in the standard deviation of the change over the frames, which an edit held steady keeps
at 0. Video re-ageing reports judged age and its steadiness in this way (T-Age and TRWC of Muqeet et al. 2023).
"""

from collections.abc import Callable, Mapping
from typing import ClassVar

import numpy as np
from jaxtyping import Float, UInt8

from stitch_exp.measures import attributes
from stitch_exp.measures.base import Metric, PerFrame, mean_defined
from stitch_exp.measures.observation import Observation
from stitch_exp.measures.quantity import Quantity
from stitch_exp.types import MetricResult

GROUP = "What changed"
WORD = "achieved"


def _declared(attribute: str, title: str, meaning: str, unit: str, chart: str) -> tuple[Quantity, Quantity]:
    """The change of an attribute and its spread over time."""
    return (
        Quantity(
            name=f"{attribute}_change", title=title, meaning=meaning, group=GROUP, unit=unit, chart=chart, level=0.0,
            column=True,
        ),
        Quantity(
            name=f"{attribute}_spread", title=f"{title}, spread", group=GROUP, unit=unit, better="lower",
            meaning="Standard deviation of the change over the frames.",
        ),
    )  # fmt: skip


class _Change(PerFrame):
    """Mean change of one attribute, and the standard deviation of the change over the frames that define it."""

    def compute(self) -> tuple[MetricResult, ...]:
        return _results(self.quantities, np.asarray(self.values, np.float64), self.instrument)


def _results(
    declared: tuple[Quantity, ...], curve: Float[np.ndarray, " T"], instrument: str
) -> tuple[MetricResult, MetricResult]:
    known = curve[~np.isnan(curve)]
    spread = float(known.std()) if known.size else float("nan")
    change, steadiness = declared
    return (
        change.result(mean_defined(curve), curve, instrument=instrument),
        steadiness.result(spread, instrument=instrument),
    )


class _OfPoints(_Change):
    """An attribute that is read off the landmarks alone."""

    word, inputs = WORD, ("found_landmarks", "edited_landmarks")
    read: ClassVar[Callable[..., float]]

    def __init__(self, *, detector: str = "") -> None:
        super().__init__()
        self.instrument = detector

    def measure(self, before: Float[np.ndarray, "K 2"], after: Float[np.ndarray, "K 2"]) -> float:
        if not len(before) == len(after) == 68:
            return float("nan")
        read = type(self).read
        return read(after) - read(before)


class MouthOpening(_OfPoints):
    """Gap between the inner lips, in percent of the distance between the outer corners of the eyes."""

    quantities = _declared("mouth", "Mouth opening", "Gap between the lips.", "% of eye distance", "Mouth and eyes")
    read = staticmethod(attributes.mouth_opening)


class EyeOpening(_OfPoints):
    """Mean gap between the lids, in percent of the distance between the outer corners of the eyes."""

    quantities = _declared("eyes", "Eye opening", "Gap between the lids.", "% of eye distance", "Mouth and eyes")
    read = staticmethod(attributes.eye_opening)


class Smile(_OfPoints):
    """Width of the mouth, in percent of the distance between the outer corners of the eyes: a smile makes it wider."""

    quantities = _declared(
        "smile", "Smile", "Width of the mouth, which a smile widens.", "% of eye distance", "Mouth and eyes"
    )
    read = staticmethod(attributes.mouth_width)


class Yaw(_OfPoints):
    """Turn of the head, in degrees, positive to the right of the picture."""

    quantities = _declared("yaw", "Turn of the head", "To the right of the picture.", "\u00b0", "Pose")
    read = staticmethod(lambda points: float(attributes.pose(points)[0]))


class Pitch(_OfPoints):
    """Nod of the head, in degrees, positive downwards."""

    quantities = _declared("pitch", "Nod of the head", "Downwards.", "\u00b0", "Pose")
    read = staticmethod(lambda points: float(attributes.pose(points)[1]))


class SkinColour(_Change):
    """Distance of the cheeks' mean colours in CIE L*a*b* (CIE 1976), 0 = the same, about 2 is visible."""

    word, inputs = WORD, ("source", "edited", "found_landmarks", "edited_landmarks")
    quantities = _declared("skin", "Skin colour", "Distance of the cheeks' mean colours.", "\u0394E", "Colour")

    def measure(
        self,
        source: UInt8[np.ndarray, "H W 3"],
        edited: UInt8[np.ndarray, "H W 3"],
        before: Float[np.ndarray, "K 2"],
        after: Float[np.ndarray, "K 2"],
    ) -> float:
        if not len(before) == len(after) == 68:
            return float("nan")
        size = source.shape[:2]
        cheeks = [attributes.skin(points, *size) for points in (before, after)]
        return attributes.colour_distance(source, cheeks[0], edited, cheeks[1])


class HairColour(_Change):
    """Distance of the mean colours of what the head's mask has above the forehead (CIE 1976); runs only."""

    word, inputs = WORD, ("source", "edited", "landmarks", "foreground")
    quantities = _declared("hair", "Hair colour", "Distance of the mean colours above the brow.", "\u0394E", "Colour")

    def measure(
        self,
        source: UInt8[np.ndarray, "H W 3"],
        edited: UInt8[np.ndarray, "H W 3"],
        points: Float[np.ndarray, "K 2"],
        head: Float[np.ndarray, "H W"],
    ) -> float:
        if len(points) != 68:
            return float("nan")
        inside = attributes.hair(points, head, *source.shape[:2])
        return attributes.colour_distance(source, inside, edited, inside)


class _Judged(Metric):
    """An attribute that a network guesses of each face."""

    word, inputs = WORD, ("source_judged", "edited_judged")
    attribute: ClassVar[str]

    def __init__(self, *, judge: str = "") -> None:
        self.instrument = judge
        self.reset()

    def reset(self) -> None:
        self.values: list[float] = []

    def update(self, frame: Observation) -> None:
        sides: list[Mapping[str, float]] = [frame.source_judged or {}, frame.edited_judged or {}]
        before, after = (side.get(self.attribute, float("nan")) for side in sides)
        self.values.append(after - before)

    def compute(self) -> tuple[MetricResult, ...]:
        return _results(self.quantities, np.asarray(self.values, np.float64), self.instrument)


class JudgedAge(_Judged):
    """Years by which a network thinks the edited face older; needs a judge."""

    attribute = "age"
    quantities = _declared("age", "Judged age", "Years older, as a network guesses.", "years", "Judged age")


class JudgedGender(_Judged):
    """Change of the probability that a network takes the face for a man's; needs a judge."""

    attribute = "gender"
    quantities = _declared("gender", "Judged gender", "Towards a man's, as a network guesses.", "", "Judged gender")
