"""The pivots unchanged: the inversion run through the rest of the pipeline."""

from stitch_exp.edit.base import Edit
from stitch_exp.types import EditedLatents, TunedGenerator, Workspace, WPlus


class NoEdit(Edit):
    """Hands the pivots on, to see what tuning and stitching do by themselves."""

    def __call__(self, tuned: TunedGenerator, work: Workspace) -> EditedLatents:
        return EditedLatents(WPlus(tuned.pivots), "none", {})
