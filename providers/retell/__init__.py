"""Retell: calls led by an agent."""
