"""Aligned crops to W+ pivots: e4e, pSp, ReStyle, HyperStyle, or optimisation without an encoder."""
