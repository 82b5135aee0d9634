"""What a finished run leaves for people and tables."""

from stitch_exp.metrics.page import render_report
from stitch_exp.metrics.records import read_metrics, write_metrics

__all__ = ["read_metrics", "render_report", "write_metrics"]
