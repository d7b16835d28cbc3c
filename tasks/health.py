"""Health: score every tenant, or one."""

from uuid import UUID

from domain.health import service
from domain.work.names import TaskName
from tasks.contract import task
from tasks.toolbox import toolbox


@task(TaskName.HEALTH_SCORE)
def score(user_id: str = "") -> None:
    """Score one tenant, or all of them."""
    begin = toolbox().begin
    if user_id:
        service.score_one(begin, UUID(user_id))
    else:
        service.score(begin)
