"""`frontdesk review`: what waits for an owner's word."""

from typing import Annotated, Final

import typer

from domain.database import SYSTEM
from domain.errors import Refusal
from domain.transcripts import review as waiting_room
from domain.work import tenants
from domain.work.names import TaskName
from tasks.contract import ring, ringer
from workers.app import app as celery
from workers.cli.control import as_id
from workers.cli.frame import AsJson, app, at_hand, out, show, show_json
from workers.reach import reach

NAME: Final = "frontdesk review"
review: typer.Typer = typer.Typer(help="What waits for an owner's word.", no_args_is_help=True)
app.add_typer(review, name="review")

QuestionId = Annotated[str, typer.Argument(help="The question's id.", metavar="ID")]


@review.command("list")
def list_(
    tenant: Annotated[str, typer.Option(help="Only this tenant's, by id.")] = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Show what nobody has answered yet, the longest waiting first."""
    user_id = as_id(tenant) if tenant else None
    with at_hand() as given:
        found = waiting_room.waiting(reach(given, name=NAME), user_id)
    if as_json:
        names = ("id", "event_id", "field", "question", "candidates", "problem", "created_at")
        show_json(
            [
                {"user_id": user, **{name: getattr(one, name) for name in names}}
                for user, one in found
            ]
        )
        return
    show(
        "Waiting for an owner's word",
        ["id", "since", "question", "choices", "problem"],
        [
            [one.id, f"{one.created_at:%Y-%m-%d %H:%M}", one.question, _choices(one), one.problem]
            for _, one in found
        ],
    )


def _choices(one: waiting_room.Waiting) -> str:
    told = [
        " ".join(str(c[name]) for name in ("title", "was", "start", "value") if c.get(name))
        for c in one.candidates
    ]
    return "\n".join(f"{place}: {words}" for place, words in enumerate(told, 1) if words)


@review.command()
def accept(
    question_id: QuestionId,
    choice: Annotated[int, typer.Option(help="Which of the choices, from 1.")] = 0,
) -> None:
    """Say yes: what was asked is so, or the choice of this number is."""
    _answer(question_id, str(choice) if choice else "yes")


@review.command()
def amend(
    question_id: QuestionId,
    answer: Annotated[str, typer.Argument(help="A moment or a value: 2026-12-04T15:00.")],
) -> None:
    """Say how it is instead."""
    _answer(question_id, answer)


@review.command()
def reject(question_id: QuestionId) -> None:
    """Say no: nothing comes of it."""
    _answer(question_id, "no")


@review.command()
def wait(
    tenant: Annotated[str, typer.Argument(help="The tenant's id.", metavar="TENANT")],
    hours: Annotated[int, typer.Argument(help="From 1 to 720; 4 where nobody chose.")],
) -> None:
    """Set after how many hours a tenant's owner is told, once, that a question waits."""
    user_id = as_id(tenant)
    if not 1 <= hours <= waiting_room.LONGEST_WAIT:
        raise Refusal(f"From 1 to {waiting_room.LONGEST_WAIT} hours.")
    with at_hand() as given:
        begin = reach(given, name=NAME)
        with begin(SYSTEM) as session:
            tenants.check(session, user_id)
        waiting_room.set_wait(begin, user_id, hours)
    out.print(f"tenant {tenant}: told after {hours} hours", highlight=False)


def _answer(question_id: str, words: str) -> None:
    """Write the answer; whoever rings is not waited for, because a sweep finds it, too."""
    row_id = as_id(question_id)
    with at_hand() as given:
        if not waiting_room.answer(reach(given, name=NAME), row_id, words):
            raise Refusal(f"No open question {question_id}.", exit_code=1)
        celery.set_current()
        ring(TaskName.TRANSCRIPTS_ANSWER, row_id)
        ringer().flush(2.0)
    out.print(f"question {question_id}: {words}", markup=False, highlight=False)
