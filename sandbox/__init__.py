"""The vendors' other end, for the demo and tests."""
