"""Measurements: steps, schedules, and a guard on the number of generator evaluations."""

from stitch_exp.console import environment

environment.set_defaults()
