"""`./selaras bench [NAME]`: run the benchmarks and print their ratios."""

import sys

from bench import analysis, boxes, counting, pages, results, sending, submission

BENCHMARKS = {
    "submission": submission.main,
    "sending": sending.main,
    "boxes": boxes.main,
    "counting": counting.main,
    "analysis": analysis.main,
    "results": results.main,
    "pages": pages.main,
}


def main() -> int:
    """Run those named, or all."""
    names = sys.argv[1:] or list(BENCHMARKS)
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are: {', '.join(BENCHMARKS)}")
        return 2
    for name in names:
        BENCHMARKS[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main())
