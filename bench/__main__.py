"""`./selaras bench [--write] [NAME ...]`: run benchmarks, print their ratios, note them."""

import sys
from importlib import import_module

from bench import table
from bench.machine import Others

BENCHMARKS = (
    *("form", "submission", "boxes", "release", "people", "sending", "counting", "analysis"),
    *("results", "pages", "footprint", "arrival"),
)


def main() -> int:
    """Run those named, or all; with --write the tables of docs/performance.md are renewed."""
    given = sys.argv[1:]
    names = [one for one in given if one != "--write"] or list(BENCHMARKS)
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are: {', '.join(BENCHMARKS)}")
        return 2
    for name in names:
        others = Others()
        rows = import_module(f"bench.{name}").main()
        if rows:
            table.show(rows, share := others.share())
            if "--write" in given:
                table.write(name, rows, share)
    return 0


if __name__ == "__main__":
    sys.exit(main())
