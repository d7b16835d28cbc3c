"""What Frontdesk's core can do, against what it is built on: `make bench`."""
