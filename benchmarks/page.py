"""docs/benchmarks.md: each program writes its own section and leaves the others alone."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).parents[1] / "docs" / "benchmarks.md"


def write(section: str, text: str) -> None:
    """Put `text` into its section, at the end of the page where there is none yet."""
    begin, end = f"<!-- begin {section} -->", f"<!-- end {section} -->"
    page = PAGE.read_text(encoding="utf-8")
    before, found, rest = page.partition(begin)
    after = rest.partition(end)[2] if found else ""
    if not found:
        before = before.rstrip() + "\n\n"
        after = "\n"
    PAGE.write_text(f"{before}{begin}\n\n{text.strip()}\n\n{end}{after}", encoding="utf-8")


def where(*packages: str) -> str:
    """Say when, on what and with what it was measured."""
    named = "".join(f", {name} {version(name)}" for name in packages)
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores ({platform.machine()}), "
        f"Python {platform.python_version()}{named}; load {os.getloadavg()[0]:.1f} at the end."
    )
