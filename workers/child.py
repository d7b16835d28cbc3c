"""How every child process begins: tied to its parent, then it becomes its program.

    python -m workers.child LIFE MOUTH PROGRAM [ARGUMENT...]

What is slow to import comes after the lifeline is held: a parent that dies meanwhile must
not leave anybody behind.
"""

import runpy
import sys
import warnings
from typing import Final

from workers.kin import die_with_parent, hold_lifeline
from workers.pulse import open_mouth

PROGRAMS: Final = {"celery": "celery", "frontdesk": "workers"}


def main() -> None:
    """Hold the lifeline, then become the program."""
    life, mouth, program, *arguments = sys.argv[1:]
    die_with_parent()  # a frozen child's lifeline has no thread that runs
    hold_lifeline(int(life))
    open_mouth(int(mouth))
    # Celery says at length that it runs as root; in a container that is no news.
    warnings.filterwarnings("ignore", message="You're running the worker with superuser")
    sys.argv = [program, *arguments]
    runpy.run_module(PROGRAMS[program], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
