"""Writers that know no Celery are heard: soon, not too often, and again after a silence."""

import time
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from domain.database import SYSTEM, Begin
from tests.support.broker import Broker
from tests.support.databases import Database
from tests.support.figures import Measured
from tests.support.processes import Process, frontdesk
from tests.support.waiting import wait_until

ORDERS = """
CREATE TABLE public.orders (id int);
GRANT INSERT ON public.orders TO frontdesk_system;
CREATE TRIGGER ring AFTER INSERT ON public.orders FOR EACH STATEMENT
  WHEN (current_setting('app.bell', true) IS DISTINCT FROM 'off')
  EXECUTE FUNCTION frontdesk.app_ring('upkeep');
"""


@pytest.fixture
def listener(environment: dict[str, str], database: Database, broker: Broker) -> Iterator[Process]:
    """Run `frontdesk listen` that has just rung every area, as it does when it connects."""
    with database.connect() as connection:
        connection.execute(ORDERS)
    with frontdesk("listen", environment=environment) as process:
        wait_until(lambda: broker.length("upkeep") == 1, within=15)
        yield process


@pytest.mark.usefixtures("listener")
def test_a_statement_rings_once_and_a_writer_of_ours_not_at_all(
    database: Database, broker: Broker, begin_for_real: Begin, measured: Measured
) -> None:
    with database.connect() as foreign:
        began = time.perf_counter()
        foreign.execute("INSERT INTO public.orders VALUES (1)")
        while broker.length("upkeep") < 2:
            assert time.perf_counter() - began < 2
        one = time.perf_counter() - began

        foreign.execute("INSERT INTO public.orders SELECT generate_series(1, 10000)")
        time.sleep(0.4)
        after_ten_thousand = broker.length("upkeep")

        with begin_for_real(SYSTEM) as session:
            session.execute(text("INSERT INTO public.orders VALUES (2)"))
        time.sleep(0.4)
        after_ours = broker.length("upkeep")

    measured(f"from INSERT to the bell in the queue: {one * 1000:.1f} ms")
    assert after_ten_thousand == 3
    assert after_ours == 3


@pytest.mark.slow
def test_it_rings_twenty_times_a_second_at_most_and_hears_again_when_cut_off(
    database: Database, broker: Broker, listener: Process, measured: Measured
) -> None:
    with database.connect() as foreign:
        before, began, statements = broker.length("upkeep"), time.monotonic(), 0
        while time.monotonic() - began < 3:
            foreign.execute("INSERT INTO public.orders VALUES (1)")
            statements += 1
        time.sleep(0.2)
        seconds = time.monotonic() - began
        bells = broker.length("upkeep") - before

        foreign.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'frontdesk listen' AND datname = current_database()"
        )
        began = time.monotonic()
        wait_until(lambda: listener.said().count("listen.hears") == 2, within=10)
        back = time.monotonic() - began
        broker.empty("upkeep")
        foreign.execute("INSERT INTO public.orders VALUES (1)")
        wait_until(lambda: broker.length("upkeep") >= 1, within=2)

    measured(
        f"{statements} statements in {seconds:.1f} s: {bells} bells; cut off: back in {back:.2f} s"
    )
    assert statements > 200
    assert bells <= 20 * seconds + 2
    assert listener.said().count("listen.deaf") == 1


def test_a_connection_made_anew_rings_every_area_once(
    database: Database, broker: Broker, listener: Process
) -> None:
    broker.empty("upkeep")
    with database.connect() as foreign:
        foreign.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'frontdesk listen' AND datname = current_database()"
        )
    wait_until(lambda: listener.said().count("listen.hears") == 2, within=10)

    time.sleep(1)

    assert broker.length("upkeep") == 1
