"""The order of the stages."""

from stitch_exp.pipeline.line import Line, Outcome, Prepared, Stages, prepare, run

__all__ = ["Line", "Outcome", "Prepared", "Stages", "prepare", "run"]
