"""An entry of the registry for tests."""

from stitch_exp.weights.registry import WeightFile


def entry(**values: object) -> WeightFile:
    """A small file that nobody needs, with other values on request."""
    plain: dict = {
        "name": "x",
        "file": "x.pt",
        "purpose": "a test",
        "sources": ("https://example.org/x.pt",),
        "licence": "MIT",
        "licence_url": "https://example.org/licence",
        "needed_by": ("model=x",),
    }
    return WeightFile(**plain | values)
