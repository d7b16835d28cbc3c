"""Having a tenant's owner told of something, once: a row, and the errand that tells it.

An area says that it is so, in the transaction that makes it so; `domain/messages` decides how
the owner is told, by which channel, and when: at once, in the morning, or with others.
"""

import json
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.work import errands
from domain.work.names import TaskName

_TELL: Final = text(
    "INSERT INTO owner_notices (user_id, kind, key, facts)"
    " VALUES (:user, :kind, :key, CAST(:facts AS jsonb))"
    " ON CONFLICT (user_id, kind, key) DO NOTHING RETURNING id"
)


def tell(
    session: Session, user_id: UUID, kind: str, key: str, facts: Mapping[str, Any]
) -> UUID | None:
    """Have the owner told this; None where it is owed or told already.

    `key` says what it is about, such as an event's id and generation, or a period: told again,
    it is the same notice. `facts` hold ids, figures and times, and nobody's words.
    """
    bound = {"user": user_id, "kind": kind, "key": key, "facts": json.dumps(dict(facts))}
    made: UUID | None = session.scalar(_TELL, bound)
    if made is not None:
        errands.owe(session, TaskName.MESSAGES_PLAN, made, user_id=user_id)
    return made
