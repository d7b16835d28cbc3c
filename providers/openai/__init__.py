"""OpenAI, and OpenRouter, which speaks the same: language models."""
