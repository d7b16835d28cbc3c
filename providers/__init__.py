"""One package a vendor."""
