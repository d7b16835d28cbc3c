"""The tests of domain/work work parcels."""

from tests.support.workshop import courier, parcels, said, shop

__all__ = ["courier", "parcels", "said", "shop"]
