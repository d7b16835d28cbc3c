from tests.support.desks import dav_servers, desk, desks
from tests.support.stage import listener, running_vendors, vendors

__all__ = ["dav_servers", "desk", "desks", "listener", "running_vendors", "vendors"]
