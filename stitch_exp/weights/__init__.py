"""Getting, checking and converting the public weight files; `python -m stitch_exp.weights` is its command line."""
