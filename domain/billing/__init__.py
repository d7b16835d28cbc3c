"""What tenants pay for: ours and the payment house's agree, and we can prove it."""
