"""``make bench``: every ``bench_*.py`` here, one table. Each module has ``run() -> list[Row]``.

Figures are ratios and counts of one run on one machine, beside the budget they are held to; outside the test suite.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from figures import Row


def main() -> int:
    """Run all benches, or those named on the command line; exit 1 when a budget is missed."""
    wanted = set(sys.argv[1:])
    rows: list[Row] = []
    for path in sorted(Path(__file__).parent.glob("bench_*.py")):
        name = path.stem.removeprefix("bench_")
        if wanted and name not in wanted:
            continue
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[path.stem] = module
        spec.loader.exec_module(module)
        rows += module.run()
    print(f"{'what':<58} {'measured':>16} {'budget':>16}  kept")
    for row in rows:
        print(f"{row.what:<58} {row.measured:>16} {row.budget:>16}  {'yes' if row.kept else 'NO'}")
    return 0 if all(row.kept for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
