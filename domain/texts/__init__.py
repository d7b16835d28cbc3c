"""What short texts mean: reviews, and what people write back. For every area that hears any."""
