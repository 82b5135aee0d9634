"""Scalars to minimise, as functions and modules of tensors."""
