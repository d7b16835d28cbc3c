"""Telnyx: numbers, calls and texts."""
