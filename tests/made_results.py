"""Results of two methods on two clips."""

from stitch_exp.report.table import Entry
from stitch_exp.types import MetricResult


def result(name, value, better="higher", instrument=""):
    return MetricResult(name, value, "", better, None, "", instrument)


def entry(method, clip, tl_id, seam, instrument="identity=dlib"):
    return Entry(method, clip, (result("tl_id", tl_id, "one", instrument), result("seam_error", seam, "lower")))


ENTRIES = [
    entry("full", "a", 0.99, 2.0),
    entry("full", "b", 1.05, 4.0),
    entry("none", "a", 0.90, 8.0),
    entry("none", "b", 0.94, 9.0),
]
