"""Pivots to edited codes: linear directions, StyleCLIP, Latent Transformer, or none."""
