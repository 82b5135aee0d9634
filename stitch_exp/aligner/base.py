"""What every way of aligning shares: the call of the stage."""

from abc import ABC, abstractmethod

from stitch_exp.types import AlignedClip, Clip, Workspace


class Alignment(ABC):
    """Finds a face in the frames of a clip and cuts it out."""

    @abstractmethod
    def __call__(self, clip: Clip, work: Workspace) -> AlignedClip:
        """Crops of one face, and where they lie in the frames."""
