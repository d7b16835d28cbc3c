"""What we tell tenants' own systems, at their addresses."""
