"""Who they are: the rows that stand for a person. They lead to all others, and go last."""

from typing import Final

from domain.privacy.plan.part import Part, among, by_email, by_phone, either

CUSTOMERS: Final = Part(table="customers", found=either(by_phone("t.phone"), by_email("t.email")))

LEADS: Final = Part(
    table="leads",
    found=either(by_phone("t.phone"), by_email("t.email"), among("t.customer_id", "customers")),
)

LEAD_ACTIVITIES: Final = Part(table="lead_activities", found=among("t.lead_id", "leads"))

PEOPLE: Final = (CUSTOMERS, LEADS, LEAD_ACTIVITIES)
