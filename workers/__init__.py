"""The only rooms that know everything."""
