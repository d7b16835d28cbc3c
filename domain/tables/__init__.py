"""Rows and states only."""
