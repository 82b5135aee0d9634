"""Networks that look at a face and say who it is, or how old."""
