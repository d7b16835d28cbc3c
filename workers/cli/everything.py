"""Every command there is: for `--help`, and for a word that `main` does not know."""

from importlib import import_module
from pathlib import Path
from typing import Final

from workers.cli.frame import app

COMMANDS: Final = tuple(
    import_module(f"workers.cli.{path.stem}")
    for path in sorted(Path(__file__).parent.glob("[a-z]*.py"))
    if path.stem not in {"everything", "main"}
)
"""Each adds its commands to the frame when it is loaded."""

__all__ = ["COMMANDS", "app"]
