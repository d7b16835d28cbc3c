"""Settings and logging, read at the door."""
