"""What transcripts need from the world outside: a reader, as everything that is read by a model."""

from domain.texts.ports import Answer, Reader, Request

__all__ = ["Answer", "Reader", "Request"]
