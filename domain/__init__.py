"""What Frontdesk knows: no vendor, no queue, no settings."""
