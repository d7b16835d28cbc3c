from tests.support.stage import listener, running_vendors, vendors

__all__ = ["listener", "running_vendors", "vendors"]
