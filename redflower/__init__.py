"""Red Flower (小红花): a self-hosted Internet charity platform."""

__version__ = "0.1.0"
