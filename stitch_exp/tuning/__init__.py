"""Tune one generator on all frames of a clip (pivotal tuning)."""
