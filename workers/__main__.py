"""`python -m workers` is `frontdesk`."""

import signal

# Loading takes a second and holds nothing: a Ctrl-C may end it on the spot, and none is lost
# inside an import.
signal.signal(signal.SIGINT, signal.SIG_DFL)

from workers.cli.main import main  # noqa: E402  # what it loads is what this is about

if __name__ == "__main__":
    main()
