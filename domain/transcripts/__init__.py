"""From what was said on the phone to events."""
