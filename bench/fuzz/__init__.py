"""Hostile input from seeds: each case in a process of its own, which may fail in words only."""
