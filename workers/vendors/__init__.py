"""Which vendors there are: a file for each kind, and one for how they are reached."""
