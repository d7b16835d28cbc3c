"""How a message reads: words with gaps, filled in from a closed set. Pure, and logic-less.

What fills a gap is a person's own word at times, so it is made plain first: on one line, without
anything that reads as an address, and never looked through for gaps again.
"""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from domain.messages import segments

VARIABLES: Final = frozenset(
    {
        *("business_name", "customer_name", "event_date", "event_datetime", "event_time"),
        *("event_type", "location", "main_topic", "review_link", "service", "title"),
    }
)
ALWAYS: Final = frozenset(
    {"business_name", "event_date", "event_datetime", "event_time", "event_type", "title"}
)
"""What every event has; a gap for anything else needs a default."""

MOST_SEGMENTS: Final = 3
LONGEST_NAME: Final = 40
LONGEST: Final = 200

_GAP: Final = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_LABEL: Final = re.compile(r"[^{}:]{1,30}: ?\{\{\s*[a-z_]+\s*\}\}\.?")
_LINK: Final = re.compile(r"(?i)\b(?:https?:|www\.|[\w-]+\.[a-z]{2,}(?:/|\b))")


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """Words with gaps for one channel in one language."""

    channel: str
    body: str
    subject: str = ""
    defaults: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What is sent."""

    body: str
    subject: str = ""
    html: str | None = None


def check(template: Template) -> list[str]:
    """Return what is wrong with a template, each in one sentence; nothing: it may be saved."""
    whole = f"{template.subject} {template.body}"
    names = [found[1] for found in _GAP.finditer(whole)]
    wrong = [f"There is no variable {name!r}." for name in names if name not in VARIABLES]
    given = template.defaults or {}
    wrong += [
        f"{name!r} may be missing: give it a default."
        for name in dict.fromkeys(names)
        if name in VARIABLES - ALWAYS and name not in given
    ]
    rest = _GAP.sub("", whole)
    if "{{" in rest or "}}" in rest:
        wrong.append("It opens or closes {{ }} without the other.")
    if not template.body.strip():
        wrong.append("It says nothing.")
    if template.channel == "email" and not template.subject.strip():
        wrong.append("A letter needs a subject.")
    if template.channel == "sms":
        wrong += _too_long(template)
    return wrong


def _too_long(template: Template) -> list[str]:
    filled = render(template, dict.fromkeys(VARIABLES, "x" * 20))
    took = segments.count(filled.body).segments
    if took <= MOST_SEGMENTS:
        return []
    return [f"As a text it takes {took} segments; at most {MOST_SEGMENTS} are sent."]


def render(template: Template, facts: Mapping[str, str]) -> Words:
    """Fill in the gaps: once, so that what fills one cannot open another."""
    known = {**(template.defaults or {}), **{name: word for name, word in facts.items() if word}}
    body = _tidy("\n".join(_lines(template.body, known)))
    if template.channel == "sms":
        return Words(body=segments.repair(body))
    subject = _tidy(_fill(template.subject, known).replace("\n", " "))
    return Words(body=body, subject=subject, html=as_html(body))


def _lines(text: str, known: Mapping[str, str]) -> list[str]:
    """Return the lines, but for those that only label what is not known: 'Where: '."""
    kept: list[str] = []
    for line in text.split("\n"):
        if _LABEL.fullmatch(line) and not any(known.get(name) for name in _GAP.findall(line)):
            continue
        kept.append(_fill(line, known))
    return kept


def _fill(text: str, known: Mapping[str, str]) -> str:
    return _GAP.sub(lambda found: known.get(found[1], ""), text)


def _tidy(text: str) -> str:
    """Close up around what was empty."""
    return re.sub(r" +([,.:;])", r"\1", re.sub(r"[ \t]{2,}", " ", text)).strip()


def as_html(body: str) -> str:
    """Return a letter's plain words as a page: nothing in them is taken for markup."""
    paragraphs = html.escape(body).split("\n\n")
    inner = "".join(f"<p>{each.replace(chr(10), '<br>')}</p>" for each in paragraphs)
    return f'<!doctype html><html><body style="font-family:sans-serif">{inner}</body></html>'


def plain(text: str, *, most: int = LONGEST) -> str:
    """Return a text on one line without control characters: it may hold what a caller said."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:most]


def name(text: str) -> str:
    """Return somebody's name: letters, and nothing that a phone would make a link or a code of."""
    if _LINK.search(text):
        return ""
    kept = "".join(c if c.isalpha() or c in " .'\u2019-" else " " for c in plain(text))
    return " ".join(kept.split())[:LONGEST_NAME]
