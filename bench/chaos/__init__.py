"""Faults made on purpose while a tiny clip is edited: whatever happens, the same command gives the same frames."""
