"""Decode and encode video: lazy frames in, a finished file with its audio out."""
