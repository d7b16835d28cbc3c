"""What became of a message does not hang on the order in which its carrier tells."""

from functools import reduce
from itertools import combinations_with_replacement, permutations, product
from uuid import UUID

from domain.database import SYSTEM
from domain.messages import following, heard, rules
from domain.messages.ports import Delivery
from tests.support.message_desk import PHONE, MessageDesk

TOLD = ("sent", "delivered", "undelivered", "failed", "bounced", "complained")
FIVE = ("sent", "delivered", "delivered", "undelivered", "bounced")


def after(status: str, told: str) -> str:
    return told if rules.is_forward(status, told) else status


def test_all_orders_of_up_to_five_callbacks_end_in_one_state() -> None:
    tried = 0
    for many in range(1, 6):
        for callbacks in combinations_with_replacement(TOLD, many):
            ends = {reduce(after, order, "sent") for order in set(permutations(callbacks))}
            assert len(ends) == 1, callbacks
        tried += len(list(product(TOLD, repeat=many)))
    assert tried == 9330


def test_so_they_do_on_the_row(desk: MessageDesk) -> None:
    orders = sorted(set(permutations(FIVE)))
    rows = [sent(desk, f"SM{number}") for number in range(len(orders))]

    for number, order in enumerate(orders):
        for status in order:
            hear(desk, f"SM{number}", status)

    found = {row for (row,) in desk.all("SELECT status FROM messages WHERE id = ANY(%s)", rows)}
    assert len(orders) == 60
    assert found == {"bounced"}


def test_what_is_told_before_we_have_written_it_down_waits_and_is_not_sent_again(
    desk: MessageDesk,
) -> None:
    made = desk.one(
        "INSERT INTO messages (user_id, to_number, body, status) VALUES (%s, %s, 'x', 'unknown')"
        " RETURNING id",
        *(desk.user, PHONE),
    )

    told = hear(desk, "SM1", "delivered", key=f"message:{made}")

    assert told.wait == heard.NOT_WRITTEN
    assert desk.one("SELECT provider_message_id FROM messages WHERE id = %s", made) == "SM1"


def test_a_carrier_that_cannot_be_asked_hides_nobody_else(desk: MessageDesk) -> None:
    for number in range(3):
        sent(desk, f"SM{number}")
    desk.one("UPDATE messages SET due_at = clock_timestamp() RETURNING id")
    desk.texts.busy = True
    following.follow(desk.post, most=2)
    desk.texts.busy = False

    following.follow(desk.post, most=2)

    assert desk.one("SELECT count(*) FROM messages WHERE status = 'delivered'") == 1


def sent(desk: MessageDesk, reference: str) -> UUID:
    return desk.one(
        "INSERT INTO messages (user_id, to_number, body, status, provider, provider_message_id,"
        " sent_at) VALUES (%s, %s, 'x', 'sent', 'fake', %s, clock_timestamp()) RETURNING id",
        *(desk.user, PHONE, reference),
    )


def hear(desk: MessageDesk, reference: str, status: str, *, key: str | None = None) -> heard.Heard:
    with desk.begin(SYSTEM) as session:
        delivery = Delivery(status=status, reference=reference)
        return heard.move(session, delivery, vendor="fake", key=key, is_young=True)
