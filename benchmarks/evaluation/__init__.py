"""How well transcripts are read, on data that the product does not contain."""
