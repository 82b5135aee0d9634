"""Settings of `border_fast`, one class for each of its parts; a part that does nothing costs nothing."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ClosedForm:
    """The linear part, solved for; see `stitching.solver.BorderSolver`.

    Args:
        from_px: Torgb weights of this resolution and above are solved for.
        content_weight: Weight of keeping the edit, against 1 for the border. May be larger than in gradient tuning at
            the same border error, since the solution is exact.
        ridge: How strongly the weights are kept, relative to the mean energy of a feature.
        each_frame: Solve for every frame on its own; false solves once for the clip's representative frames.
    """

    from_px: int
    content_weight: float
    ridge: float
    each_frame: bool


@dataclass(frozen=True, slots=True)
class SharedSteps:
    """Updates that serve all frames; see `stitching.shared_tuner.SharedTuner`.

    Args:
        passes: Passes over the representative frames; 0 leaves the shared tuning out.
        batch: Frames in an update.
        learning_rate: Of Adam, at its peak; it falls to 0 along half a cosine.
        num_keyframes: What is shared, the closed form included, sees so many representative frames; null for all.
        seed: Of the order of frames.
        precision: Of the networks during updates, as in `tuning.updates.precision`.
    """

    passes: int
    batch: int
    learning_rate: float
    num_keyframes: int | None
    seed: int
    precision: str


@dataclass(frozen=True, slots=True)
class FrameSteps:
    """Updates of one frame after the other; see `stitching.frame_tuner.FrameTuner`.

    Args:
        steps: Most updates a frame gets; 0 leaves them out.
        learning_rate: Of Adam.
        carry: Each frame goes on from the frame before instead of from the shared weights.
        stop_ratio: Stop a frame when its border loss is below this share of what it was without stitching.
    """

    steps: int
    learning_rate: float
    carry: bool
    stop_ratio: float
