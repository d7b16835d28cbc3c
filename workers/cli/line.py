"""How `frontdesk status` shows the line before the phones."""

from workers.cli.frame import out, show
from workers.overview import Overview


def show_line(seen: Overview) -> None:
    """Print accounts with their slots, and tenants that wait; nothing where nobody calls."""
    if not seen.accounts and not seen.tenants:
        return
    show(
        "Accounts: calls under way, of how many",
        ["account", "vendor", "used", "limit", "learnt", "reserved", "state", "why"],
        [
            [
                *(row["id"], row["vendor"], row["used"], row["limit"], row["learned"]),
                *(row["reserved"] or None, _state(row), row["why"]),
            ]
            for row in seen.accounts
        ],
    )
    line = seen.line
    oldest = f", the oldest for {line['oldest']} s" if line["oldest"] is not None else ""
    out.print(
        f"{line['waiting']} calls wait{oldest}; {line['later']} are for later.", highlight=False
    )
    out.print()
    show(
        "Tenants in line",
        ["tenant", "weight", "under way", "share", "limit", "waiting", "oldest"],
        [
            [
                *(row["user_id"], row["weight"], row["used"], f"{row['share']:.1%}", row["limit"]),
                *(row["waiting"], None if row["oldest"] is None else f"{row['oldest']} s"),
            ]
            for row in seen.tenants
        ],
    )


def show_backlog(seen: Overview) -> None:
    """Print what waits and what went wrong; queues of which nothing is to be told are left out."""
    figures = ("work_due", "work_in_hand", "work_unknown", "work_failed")
    show(
        "Work: what is due, and how long the oldest has been",
        ["queue", "kind", "due", "oldest", "in hand", "unknown", "given up"],
        [
            [
                *(row["queue"], row["kind"], row["work_due"]),
                f"{row['work_oldest_seconds']:.0f} s" if row["work_due"] else None,
                *(row[name] or None for name in figures[1:]),
            ]
            for row in seen.backlog
            if any(row[name] for name in figures)
        ],
    )


def _state(row: dict[str, object]) -> str:
    if row["is_paused"]:
        return "paused"
    return "switched off" if row["is_off"] else str(row["health"])
