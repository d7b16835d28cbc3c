#!/bin/sh
# Some tests measure time, and failed while others ran beside them: try those once more, each alone.
# Whatever fails alone has failed; what passes is named, so that nobody takes it for steady.
set -eu
cd "$(dirname "$0")/.."
most=12
failed=$(.venv/bin/python - <<'END'
import json, pathlib
kept = pathlib.Path(".pytest_cache/v/cache/lastfailed")
print(len(json.loads(kept.read_text())) if kept.is_file() else 0)
END
)
if [ "$failed" -eq 0 ] || [ "$failed" -gt "$most" ]; then
	echo "frontdesk: $failed tests failed: too many, or none that could be tried alone." >&2
	exit 1
fi
echo "frontdesk: $failed tests failed beside others; tried once more, alone:" >&2
.venv/bin/python -m pytest --last-failed --last-failed-no-failures none -n 0 -v --no-header --cov --cov-append --cov-report=
