"""The step `ClosedForm`: the generator's linear part, solved for instead of walked to."""

from dataclasses import dataclass

from stitch_exp.settings import Count, NonNegative, checked
from stitch_exp.stitching.base import Images, Scope, Step, Tools
from stitch_exp.stitching.scene import Scene
from stitch_exp.stitching.solver import BorderSolver


@checked
@dataclass(frozen=True, slots=True)
class ClosedForm(Step):
    """Torgb weights that solve the objective exactly; one more rendering a frame, no gradient.

    Args:
        from_px: The resolution, in pixels, from which on torgb weights are solved for, 1 or more.
        content_weight: The weight of keeping the edit, 0 or more, against 1 for the border. It may be larger than in
            gradient tuning at the same border error, since the solution is exact; with less, faces get blotches.
        ridge: How strongly the weights are kept, relative to the mean energy of a feature, 0 or more.
        num_keyframes: From how many representative frames, at most, the clip is solved for at once, 1 or more; null
            (the default) solves for each frame on its own.
    """

    from_px: Count
    content_weight: NonNegative
    ridge: NonNegative
    num_keyframes: Count | None

    @property
    def scope(self) -> Scope:
        return Scope.FRAME if self.num_keyframes is None else Scope.CLIP

    def __call__(self, scene: Scene, images: Images, tools: Tools) -> Images:
        solver = BorderSolver(scene, self.from_px, self.content_weight, self.ridge)
        if self.num_keyframes is None:
            return solver.solve_each
        solver.solve_together(scene.representatives(self.num_keyframes))
        return scene.render
