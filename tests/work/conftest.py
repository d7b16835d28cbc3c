"""The tests of domain/work work parcels."""

from tests.support.workshop import courier, parcels, shop

__all__ = ["courier", "parcels", "shop"]
