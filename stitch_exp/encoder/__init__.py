"""Aligned crops to latent pivots."""
