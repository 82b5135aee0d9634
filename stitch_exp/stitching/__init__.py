"""Tune each frame so that the edited crop meets its surroundings without a seam."""
