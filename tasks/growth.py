"""Growth: read reviews, sum them up, call leads to mind."""

from uuid import UUID

from domain.growth import service
from domain.work import errands
from domain.work.names import Area, TaskName
from tasks.contract import ring, task
from tasks.toolbox import Toolbox, toolbox


def _errands(box: Toolbox) -> errands.Handlers:
    return {TaskName.GROWTH_REVIEW: lambda review_id: service.review(box.classifiers, review_id)}


@task(TaskName.GROWTH_REVIEW)
def review(review_id: str) -> None:
    """Read one review."""
    box = toolbox()
    errands.work_for(box.shop, TaskName.GROWTH_REVIEW, UUID(review_id), _errands(box))


@task(TaskName.GROWTH_INSIGHTS)
def insights(user_id: str = "") -> None:
    """Sum up the last weeks of a tenant's reviews, or of everybody's."""
    service.insights(toolbox().classifiers, UUID(user_id) if user_id else None)


@task(TaskName.GROWTH_NUDGE)
def nudge() -> None:
    """Call to mind the leads that wait, and offer more to who is near a limit."""
    if service.nudge(toolbox().begin):
        ring(TaskName.GROWTH_NUDGE)


@task(TaskName.GROWTH_SWEEP)
def sweep() -> None:
    """Read the reviews that wait."""
    box = toolbox()
    if errands.work(box.shop, Area.GROWTH, _errands(box)):
        ring(TaskName.GROWTH_SWEEP)
