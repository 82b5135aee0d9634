"""Landmarks to temporally smoothed FFHQ crops."""
