"""What was done and what it cost, counted from rows."""
