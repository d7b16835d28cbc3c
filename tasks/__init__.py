"""Thin: one file an area."""
