"""Measure cbrctl side by side with its peers, each against a practice cloud of its own on this machine. Judges nothing.

    python tests/benchmarks/peers.py [--peers openstack,sdk,aws,curl] [--tasks start,follow] [--rounds 6] [--https] [--markdown]

It needs Python, Bash and a package index: cbrctl and each peer (tests/benchmarks/peers/*.txt) come into a venv of their own in
a temporary folder; --keep FOLDER leaves them there for the next time. curl and jq are those of the system. What cannot be
brought is said and left out.

cbrctl and one peer take turns, with a bare interpreter before each pair. CPU is user and system time of all processes of a
command, memory that of its largest; the figures are medians of the rounds, the ratio is the median of those of the pairs.
"""

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).parents[2])
    from tests.benchmarks.side_by_side.run import main

    main(__doc__)
