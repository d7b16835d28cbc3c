# noqa: INP001  # a script, in a folder of files to ship
"""Write what we are built of as a CycloneDX document, from the locks: `make sbom`.

What runs in production is `required`; what tests and builds is `excluded`. Hashes stand in the
lock, where an install checks them. The same locks give the same document, byte for byte.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PIN = re.compile(
    r"^(?P<name>[a-z0-9-]+)(?:\[[^]]*\])?==(?P<version>[^\s;]+)(?: ; (?P<where>[^\\]+))?"
)


def pins(lock: str) -> list[re.Match[str]]:
    """Return the projects of a lock, in its order."""
    return [found for line in (ROOT / lock).read_text().splitlines() if (found := PIN.match(line))]


def component(pin: re.Match[str], *, runs: bool) -> dict[str, Any]:
    """Return one project; `where` is on which machines it is installed, where not on all."""
    purl = f"pkg:pypi/{pin['name']}@{pin['version']}"
    made: dict[str, Any] = {
        "type": "library",
        "bom-ref": purl,
        "name": pin["name"],
        "version": pin["version"],
        "scope": "required" if runs else "excluded",
        "purl": purl,
    }
    if pin["where"]:
        made["properties"] = [{"name": "frontdesk:where", "value": pin["where"].strip()}]
    return made


def document() -> str:
    """Return the whole document."""
    running = {pin["name"] for pin in pins("requirements.production.lock")}
    made = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "component": {"type": "application", "bom-ref": "frontdesk", "name": "frontdesk"}
        },
        "components": [
            component(pin, runs=pin["name"] in running) for pin in pins("requirements.lock")
        ],
    }
    return json.dumps(made, indent=1) + "\n"


if __name__ == "__main__":
    sys.stdout.write(document())
