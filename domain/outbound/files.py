"""A file of calls that are wanted, read line by line, however long it is."""

import csv
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, Protocol, TextIO
from uuid import UUID

from sqlalchemy.orm import Session

from domain.errors import Refusal
from domain.outbound import queueing
from domain.outbound.entries import Entry, Known, Wrong, columns, read

AT_ONCE: Final = 2000
DELIMITERS: Final = ";,\t|"
NOTED: Final = 1000
"""Lines that are kept for whoever asks; all of them are told as they come."""


class Rows(Protocol):
    """A reader of the csv module, whose type it does not export."""

    @property
    def line_num(self) -> int:
        """How many lines of the file it has read."""
        ...

    def __next__(self) -> list[str]:
        """Read the next row."""
        ...


class TakenBack(Exception):
    """Nothing of a file was to stay."""

    @classmethod
    def unless(cls, report: "Report", *, whole: bool, dry_run: bool) -> None:
        """Take everything back where it was only tried, or where every line had to be right."""
        if dry_run or (whole and report.counts["refused"]):
            raise cls


@dataclass(frozen=True, slots=True)
class Remark:
    """What became of one line that was not put in line."""

    line: int
    result: str
    """refused or already."""

    why: str


@dataclass(slots=True)
class Report:
    """What became of a file."""

    counts: Counter[str] = field(default_factory=Counter[str])
    remarks: list[Remark] = field(default_factory=list[Remark])

    def note(self, remark: Remark) -> None:
        """Count a line that was not put in line."""
        self.counts[remark.result] += 1
        if len(self.remarks) < NOTED:
            self.remarks.append(remark)


Tell = Callable[[Remark], None]


@dataclass(frozen=True, slots=True)
class Numbered:
    """A call that a line wants."""

    line: int
    entry: Entry


def put_in_line(
    session: Session,
    file: TextIO,
    known: Known,
    *,
    user_id: UUID,
    campaign_id: UUID | None,
    tell: Tell,
) -> Report:
    """Put every good line of a file in line, in the transaction at hand."""
    report = Report()

    def note(remark: Remark) -> None:
        report.note(remark)
        tell(remark)

    entries = entries_of(file, known, note)
    while chunk := list(islice(entries, AT_ONCE)):
        seen: dict[str, int] = {}
        fresh = [one for one in chunk if seen.setdefault(one.entry.key, one.line) == one.line]
        added = queueing.add(
            session, [one.entry for one in fresh], user_id=user_id, campaign_id=campaign_id
        )
        report.counts["queued"] += len(added)
        for one in chunk:
            first = seen[one.entry.key]
            if first != one.line:
                note(Remark(one.line, "already", f"it says the same as line {first}"))
            elif one.entry.key not in added:
                note(Remark(one.line, "already", "it was put in line before, or stands further up"))
    return report


def entries_of(file: TextIO, known: Known, note: Tell) -> Iterator[Numbered]:
    """Read a file's lines; of one that is wrong, say so and go on."""
    rows, begun = _rows(file)
    try:
        named = columns(_header(rows))
    except Wrong as wrong:
        raise Refusal(f"The file's first line: {wrong}.") from None
    while True:
        line = begun + rows.line_num + 1
        try:
            cells = next(rows)
            if not any(cell.strip() for cell in cells):
                continue
            entry = read(cells, named, known)
        except StopIteration:
            return
        except csv.Error:
            note(Remark(line, "refused", "a quote was opened and not closed"))
        except Wrong as wrong:
            note(Remark(line, "refused", str(wrong)))
        else:
            yield Numbered(line, entry)


def _rows(file: TextIO) -> tuple[Rows, int]:
    """Return a reader by the delimiter that the first line has most of; and lines before it."""
    first = file.readline()
    if first.lower().startswith("sep="):  # a spreadsheet's own way to say it
        return csv.reader(file, delimiter=first[4:5] or ";"), 1
    file.seek(0)
    delimiter = max(DELIMITERS, key=first.count) if first else ","
    return csv.reader(file, delimiter=delimiter), 0


def _header(rows: Rows) -> Sequence[str]:
    try:
        return next(rows)
    except (StopIteration, csv.Error):
        raise Refusal("The file is empty, or is no table.") from None
