"""What brings a tenant more: what its customers say, leads that wait, and when to offer more."""
