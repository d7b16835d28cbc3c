"""How every tenant is doing, who is about to leave and why, and how often that was right."""
