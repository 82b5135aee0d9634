"""Measurements: steps, schedules, and a guard on the number of generator evaluations."""
