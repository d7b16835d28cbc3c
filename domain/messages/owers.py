"""Owing the text after a call: once for a call, a minute after its end."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from domain.messages import owing, rules, segments, templates, wording
from domain.messages.owing import Owed
from domain.messages.templates import Template
from domain.tables.accounts import UserStatus

AFTER: Final = timedelta(seconds=60)
OF_USE: Final = timedelta(hours=2)


def after_call(session: Session, user_id: UUID, call_id: UUID) -> None:
    """Owe the text after a call, where the tenant wants one."""
    call = owing.call(session, call_id)
    if call is None or call.phone_number is None or not call.post_call_sms_enabled:
        return
    if call.tenant_status != UserStatus.ACTIVE or call.ended_at is None:
        return
    tongue = wording.language(call.language)
    own = owing.template(
        session,
        user_id,
        rule=rules.POST_CALL,
        channel="sms",
        language=tongue,
        event_type=None,
        industry=call.industry,
    )
    body = own[1] if own else wording.TEXTS[tongue][rules.POST_CALL]
    defaults = own[2] if own else None
    facts = {"business_name": templates.plain(call.business_name or "", most=60)}
    words = templates.render(Template(channel="sms", body=body, defaults=defaults), facts)
    owed = Owed(
        identity=rules.call_identity(call_id, rule=rules.POST_CALL, recipient=call.phone_number),
        rule=rules.POST_CALL,
        channel="sms",
        to=call.phone_number,
        body=words.body,
        segments=segments.count(words.body).segments,
        call_id=call_id,
        customer_id=call.customer_id,
        due_at=call.ended_at + AFTER,
        useful_until=call.ended_at + OF_USE,
        answers_at=call.ended_at,
    )
    owing.owe(session, user_id, [owed])
