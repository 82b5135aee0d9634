"""Edit faces in real videos with GANs, as reproducible experiments."""

__version__ = "0.1.0"
