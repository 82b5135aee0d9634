"""Measure an edited clip against its source."""
