"""The door for Python: `stitch_exp.edit_clip` and `stitch_exp.Session`."""
