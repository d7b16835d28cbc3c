"""The embedded servers, and the keeper that owns them."""
