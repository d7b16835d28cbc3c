"""What needs no vendor."""
