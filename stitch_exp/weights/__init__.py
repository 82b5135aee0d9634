"""Weight files: bytes to named tensors, hashes, and getting, checking and converting the public ones.

`python -m stitch_exp.weights` is the command line.
"""
