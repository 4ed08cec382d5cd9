"""Overlays for TikTok LIVE, served from your own machine. This file names the version and never does anything."""

__version__ = "0.1.0"
