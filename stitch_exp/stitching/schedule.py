"""Which frame is tuned next, decided while the Trainer runs."""

from collections.abc import Iterator

from torch.utils.data import IterableDataset


class FrameSchedule(IterableDataset):
    """Yields (frame, step): each frame until it has had its steps, or until somebody calls `finish`.

    Its length is the largest possible number of steps. Having a length also keeps the Trainer from fetching ahead,
    which would give a finished frame one step too many.

    Args:
        num_frames: Frames of the clip.
        num_steps: Most steps a frame gets.
    """

    def __init__(self, num_frames: int, num_steps: int) -> None:
        self.num_frames, self.num_steps = num_frames, num_steps
        self._finished = False

    def __len__(self) -> int:
        return self.num_frames * self.num_steps

    def __iter__(self) -> Iterator[tuple[int, int]]:
        for frame in range(self.num_frames):
            self._finished = False
            for step in range(self.num_steps):
                yield frame, step
                if self._finished:
                    break

    def finish(self) -> None:
        """The frame that was yielded last needs no more steps."""
        self._finished = True
