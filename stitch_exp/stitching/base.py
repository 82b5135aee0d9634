"""What every way of stitching shares: the call of the stage."""

from abc import ABC, abstractmethod

from stitch_exp.types import AlignedClip, EditedLatents, StitchedCrops, TunedGenerator, Workspace


class Stitching(ABC):
    """Makes edited crops that meet their surroundings."""

    @abstractmethod
    def __call__(
        self, aligned: AlignedClip, tuned: TunedGenerator, edited: EditedLatents, work: Workspace
    ) -> StitchedCrops:
        """Crops to paste, and the masks that say where."""
