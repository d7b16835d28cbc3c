"""Bland: calls led by a pathway."""
