"""How long to leave a thing alone after so many tries."""

from datetime import timedelta


def backoff(
    attempts: int,
    *,
    first: timedelta = timedelta(seconds=5),
    most: timedelta = timedelta(minutes=30),
    chance: float = 0.5,
) -> timedelta:
    """Return the pause after `attempts` tries: doubling from `first` to `most`, spread by `chance`.

    `chance` lies in [0, 1): a thousand rows that were refused together must not come
    back together, so they come back between 75 and 125 % of the pause.
    """
    doubled = first * 2 ** min(max(attempts - 1, 0), 30)
    return min(doubled, most) * (0.75 + chance / 2)
