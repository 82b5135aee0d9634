"""Networks that turn a face crop into codes of a generator."""
