"""Subscribes to an Autoplay connector and calls your code with what users are doing right now."""

from autoplay_sdk._native import __version__ as __version__
