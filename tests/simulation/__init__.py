"""Work without end in one process: by seed, on a clock of its own, and everything goes wrong."""
