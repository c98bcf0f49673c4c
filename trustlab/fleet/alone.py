"""A process of its own for one audit: ``python -m trustlab.fleet.alone``, asked on its standard input."""

from __future__ import annotations

import json
import sys
import warnings


def main() -> int:
    """Do the audit that standard input asks for; its verdict is in the workspace."""
    from trustlab.fleet.entries import Entry
    from trustlab.fleet.task import Terms, perform

    warnings.simplefilter("ignore")
    entry, terms = json.load(sys.stdin)
    perform(Entry(**entry), Terms(**terms))
    return 0


if __name__ == "__main__":
    sys.exit(main())
