"""Measurements: steps, schedules, and a guard on the number of generator evaluations."""

from stitch_exp.app import environment

environment.set_defaults()
