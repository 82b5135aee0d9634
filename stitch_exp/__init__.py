"""Edit faces in real videos with GANs, as reproducible experiments."""

__version__ = "0.1.0"

STAGES = ("aligner", "encoder", "tuning", "edit", "stitching", "composite", "metrics")
"""The stages of a run in order; the clip itself comes from `video`."""
