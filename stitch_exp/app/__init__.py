"""The only package that knows Hydra: compose, validate, build, run, report."""
