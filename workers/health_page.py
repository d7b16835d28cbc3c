"""Health as a page: distribution, trend and reliability, in one file that needs nothing else.

Drawn as SVG by hand: three plots are less than a library, and a file that is mailed around must
ask no other host for anything.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any, Final

from domain.health.outcomes import Record
from domain.health.reports import Report

WIDTH: Final = 640
HEIGHT: Final = 300
LEFT: Final = 56
RIGHT: Final = 16
TOP: Final = 16
BOTTOM: Final = 44
TENTH: Final = 10
MOST_DAYS: Final = 6
"""How many dates stand below a plot."""

STYLE: Final = """
:root { color-scheme: light dark; --ink: #1f2933; --soft: #6b7785; --line: #d6dbe1; --paper: #fff;
  --a: #2f7d5b; --b: #6a9c3c; --c: #c9a227; --d: #d3722c; --f: #b8323a; --plot: #2b62a8; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ed; --soft: #98a4b1; --line: #3a444f;
  --paper: #161b21; --a: #4caf83; --b: #8fbf5c; --c: #e0bd4a; --d: #e58f4e; --f: #dd5f66;
  --plot: #6ea3e0; } }
body { margin: 2rem auto; max-width: 680px; padding: 0 1rem; background: var(--paper);
  color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.05rem; margin: 2rem 0 .3rem; }
p { margin: .2rem 0 .6rem; color: var(--soft); } svg { width: 100%; height: auto; display: block; }
text { fill: var(--soft); font-size: 12px; } .axis { stroke: var(--line); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .25rem .8rem .25rem 0; border-bottom: 1px solid var(--line); }
"""


def write(report: Report) -> str:
    """Return the page."""
    at = "never" if report.at is None else f"{report.at:%Y-%m-%d %H:%M} UTC"
    said = f"Scored {at}: {sum(report.by_score.values())} accounts; {report.new} are too new."
    parts = [
        f"<h1>Health of all accounts</h1><p>{said}</p>",
        "<h2>Distribution</h2><p>How many accounts have which score.</p>",
        _distribution(report.by_score),
        "<h2>Trend</h2><p>The mean score of each day, and the share of accounts below 60.</p>",
        _trend(report.by_day),
        "<h2>Reliability</h2>",
        _reliability(report.record),
        _alerts(report.alerts),
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>Health of all accounts</title><style>{STYLE}</style></head>"
        f"<body>{''.join(parts)}</body></html>\n"
    )


def _x(share: float) -> float:
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def _y(share: float) -> float:
    return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)


def _plot(
    title: str, marks: Iterable[str], below: Iterable[tuple[float, str]], beside: Sequence[str]
) -> str:
    """Frame marks: words below at a share of the width, words beside from the ground up."""
    lines: list[str] = []
    for number, word in enumerate(beside):
        y = _y(number / (len(beside) - 1))
        lines.append(
            f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        )
        lines.append(
            f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{escape(word)}</text>'
        )
    for share, word in below:
        lines.append(
            f'<text x="{_x(share):.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">'
            f"{escape(word)}</text>"
        )
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">'
        f"{''.join(lines)}{''.join(marks)}</svg>"
    )


def _grade(low: int) -> str:
    return {90: "a", 80: "b", 70: "c", 60: "d"}.get(low, "f")


def _distribution(by_score: Mapping[int, int]) -> str:
    counts = [0] * TENTH
    for score, count in by_score.items():
        counts[min(score // TENTH, TENTH - 1)] += count
    most = max(*counts, 1)
    marks: list[str] = []
    for number, count in enumerate(counts):
        x, y = _x((number + 0.1) / TENTH), _y(count / most)
        width = _x((number + 0.9) / TENTH) - x
        marks.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{_y(0) - y:.1f}"'
            f' fill="var(--{_grade(number * TENTH)})"><title>{number * TENTH} and more:'
            f" {count}</title></rect>"
        )
    below = [(number / TENTH, str(number * TENTH)) for number in range(TENTH + 1)]
    return _plot("Accounts by score", marks, below, ["0", str(round(most / 2)), str(most)])


def _line(points: Sequence[tuple[float, float]], colour: str, dash: str = "") -> str:
    path = " ".join(f"{_x(x):.1f},{_y(y):.1f}" for x, y in points)
    return (
        f'<polyline points="{path}" fill="none" stroke="var(--{colour})" stroke-width="2"'
        f' stroke-dasharray="{dash}" stroke-linejoin="round"/>'
    )


def _trend(by_day: Sequence[Mapping[str, Any]]) -> str:
    if len(by_day) < 2:  # noqa: PLR2004  # a line has two ends
        return "<p>Two days are needed for a line.</p>"
    last = len(by_day) - 1
    mean = [(n / last, day["mean"] / 100) for n, day in enumerate(by_day)]
    risk = [(n / last, day["at_risk"]) for n, day in enumerate(by_day)]
    step = max(1, last // MOST_DAYS)
    days: list[datetime] = [day["day"] for day in by_day]
    below = [(n / last, f"{days[n]:%d %b}") for n in range(0, last + 1, step)]
    legend = (
        f'<text x="{LEFT + 8}" y="{TOP + 14}" style="fill:var(--plot)">mean score</text>'
        f'<text x="{LEFT + 100}" y="{TOP + 14}" style="fill:var(--f)">share below 60, %</text>'
    )
    marks = [_line(mean, "plot"), _line(risk, "f", "5 4"), legend]
    return _plot("Mean score by day", marks, below, ["0", "25", "50", "75", "100"])


def _reliability(record: Record | None) -> str:
    if record is None or not record.accounts:
        return "<p>No score is sixty days old yet: what it foretells is not known.</p>"
    bands = [band for band in record.bands if band["accounts"]]
    most = max(*(band["high"] for band in bands), 0.1)
    top = min(1.0, round(most + 0.05, 1))
    marks: list[str] = []
    for band in bands:
        x = _x((band["from"] + band["to"] + 1) / 200)
        low, high = _y(min(band["low"], top) / top), _y(min(band["high"], top) / top)
        share = band["departed"] / band["accounts"]
        marks.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{low:.1f}" y2="{high:.1f}"'
            f' stroke="var(--{_grade(band["from"])})" stroke-width="2"/>'
            f'<circle cx="{x:.1f}" cy="{_y(share / top):.1f}" r="5"'
            f' fill="var(--{_grade(band["from"])})"><title>{band["departed"]} of'
            f" {band['accounts']} left</title></circle>"
            f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 36}" text-anchor="middle">'
            f"n {band['accounts']}</text>"
        )
    below = [(n / TENTH, str(n * TENTH)) for n in range(TENTH + 1)]
    words = [f"{100 * top * n / 4:.0f} %" for n in range(5)]
    said = [f"{record.departed} of {record.accounts} left within sixty days of a score."]
    for name, value in (
        ("AUC", record.auc),
        ("days since log-in alone", record.login_auc),
        ("calibration error", record.calibration_error),
    ):
        said += [] if value is None else [f"{name} {value:.3f}."]
    return (
        f"<p>Share of accounts that left within sixty days, by their score, with the interval at"
        f" 95 %. {escape(' '.join(said))}</p>"
        + _plot("Share that left by score", marks, below, words)
    )


def _alerts(rows: Sequence[Mapping[str, Any]]) -> str:
    if not rows:
        return "<h2>Open alerts</h2><p>none</p>"
    cells = "".join(
        f"<tr><td>{escape(str(row['reason']))}</td><td>{escape(row['severity'])}</td>"
        f"<td>{row['n']}</td></tr>"
        for row in rows
    )
    return (
        "<h2>Open alerts</h2><table><tr><th>cause</th><th>severity</th><th>accounts</th></tr>"
        f"{cells}</table>"
    )
