"""Landmarks to temporally smoothed FFHQ crops."""

from stitch_exp.aligner.aligner import Aligner

__all__ = ["Aligner"]
