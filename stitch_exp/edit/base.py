"""What every edit shares: the call of the stage, and the terms of a composed edit."""

from abc import ABC, abstractmethod
from collections.abc import Mapping

from stitch_exp.types import EditedLatents, TunedGenerator, Workspace


class Edit(ABC):
    """Moves the pivots of a clip. An edit never sees pixels."""

    @abstractmethod
    def __call__(self, tuned: TunedGenerator, work: Workspace) -> EditedLatents:
        """Edited codes of all pivots, in their order; strength 0 gives the pivots bit for bit."""


def merged_terms(attribute: str, strength: float, terms: Mapping[str, float | int] | None) -> dict[str, float]:
    """The main edit and its companions as one list; a term named like the main edit replaces its strength."""
    return {attribute: float(strength)} | {name: float(value) for name, value in (terms or {}).items()}


def edit_name(terms: Mapping[str, float]) -> str:
    """`age+smile`: the terms that do something, or all of them if none does."""
    active = [name for name, strength in terms.items() if strength != 0.0]
    return "+".join(active or terms)
