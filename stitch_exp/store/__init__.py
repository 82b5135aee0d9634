"""Content-keyed storage of what the stages make, so that nothing is computed twice."""

from stitch_exp.store.store import Made, Store

__all__ = ["Made", "Store"]
