"""Feed every metric of a clip with its frames; those of identity once for each recogniser."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Float

from stitch_exp.measures import catalogue
from stitch_exp.measures.base import Metric
from stitch_exp.measures.observation import EMBEDDINGS, Observation
from stitch_exp.types import MetricResult


class Feeding:
    """All metrics of one clip.

    Args:
        names: Their words.
        known: Fields of `Observation` that are filled.
        tools: What they are built with; `identity` is set for each recogniser.
        recognisers: Face recognition networks. The first is the one of pages and summaries.
        rule: At which landmarks faces are cut for them.
    """

    def __init__(
        self,
        names: Sequence[str],
        known: frozenset[str],
        tools: catalogue.Tools,
        recognisers: Sequence[Any],
        rule: str,
    ) -> None:
        self._sets: list[tuple[Any, list[Metric]]] = []
        for place, network in enumerate(recognisers):
            own = replace(tools, identity=instrument_of(network, rule))
            built = catalogue.build(names, known, own)
            further = [metric for metric in built if set(metric.inputs) & set(EMBEDDINGS)]
            self._sets.append((network, further if place else built))

    @property
    def metrics(self) -> list[Metric]:
        """In the order of their results."""
        return [metric for _, metrics in self._sets for metric in metrics]

    def update(
        self,
        frame: Observation,
        landmarks: Float[np.ndarray, "K 2"] | None,
        edited_landmarks: Float[np.ndarray, "K 2"] | None,
    ) -> None:
        """The next frame of the clip, with the landmarks at which each picture's face is cut for recognition."""
        for network, metrics in self._sets:
            embeds = any(set(metric.inputs) & set(EMBEDDINGS) for metric in metrics)
            seen = with_embeddings(frame, network, landmarks, edited_landmarks) if embeds else frame
            for metric in metrics:
                metric.update(seen)

    def results(self) -> tuple[MetricResult, ...]:
        """Of all frames so far."""
        return tuple(result for metric in self.metrics for result in metric.compute())


def instrument_of(identity: Any, landmarks: str) -> str:
    """Name of the recogniser with its weight hash, crop and the rule for landmarks, as printed in every table."""
    crop = getattr(identity, "crop", "")
    return f"identity={identity.name} {identity.weight_hash[:12]}; crop {crop}; {landmarks}"


def with_embeddings(
    frame: Observation,
    identity: Any,
    landmarks: Float[np.ndarray, "K 2"] | None,
    edited_landmarks: Float[np.ndarray, "K 2"] | None,
) -> Observation:
    """The observation with identity embeddings of each frame whose landmarks are known.

    A face that only the source has is lost: its edited embedding is the zero vector.
    """
    source = None if landmarks is None else identity.embed(frame.source, landmarks)
    edited = None if edited_landmarks is None else identity.embed(frame.edited, edited_landmarks)
    if source is not None and edited is None:
        edited = np.zeros_like(source)
    return replace(frame, source_embedding=source, edited_embedding=edited)
