"""`python -m workers` is `frontdesk`."""

from workers.cli import main

main()
