"""Watch an image classifier learn, then drop pictures on it."""

__version__ = "0.1.0"
