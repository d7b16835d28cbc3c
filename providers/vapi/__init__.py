"""Vapi: calls led by an assistant."""
