"""The order of the stages."""

from stitch_exp.pipeline.line import Outcome, prepare, run
from stitch_exp.pipeline.parts import choice_of, make_part, num_chosen
from stitch_exp.pipeline.people import Everybody, prepare_everybody, run_for_everybody
from stitch_exp.pipeline.stages import Line, Parts, Prepared, Stages

__all__ = [
    "Everybody",
    "Line",
    "Outcome",
    "Parts",
    "Prepared",
    "Stages",
    "choice_of",
    "make_part",
    "num_chosen",
    "prepare",
    "prepare_everybody",
    "run",
    "run_for_everybody",
]
