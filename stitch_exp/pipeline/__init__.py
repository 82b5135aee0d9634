"""The order of the stages."""

from stitch_exp.pipeline.line import Line, Outcome, Prepared, Stages, prepare, run
from stitch_exp.pipeline.people import Everybody, prepare_everybody, run_for_everybody

__all__ = [
    "Everybody",
    "Line",
    "Outcome",
    "Prepared",
    "Stages",
    "prepare",
    "prepare_everybody",
    "run",
    "run_for_everybody",
]
