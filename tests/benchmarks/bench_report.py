"""Reports of 10,000 devices, judged by the shipped rules: seconds, size, and how the page opens and filters."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from figures import Row
from sample_audit import big_audit

DEVICES = 10_000
OPENS = """
(() => {
  const input = document.getElementById('devices-search'), times = [];
  for (const word of ['warm', 'hikvision', 'axis site', '10.0.7', '']) {
    const started = performance.now();
    input.value = word; input.dispatchEvent(new Event('input'));
    times.push(performance.now() - started);
  }
  return Math.max(...times.slice(1));
})()
"""


def _size(data: bytes | Iterable[bytes]) -> int:
    """Bytes of a file, whether it came in one piece or many."""
    return len(data) if isinstance(data, bytes) else sum(map(len, data))


def run() -> list[Row]:
    """HTML from the findings on, the other formats together, and the page in Chromium where there is one."""
    from reports import load_reports
    from reports.view import build
    from rules import judge, load_packs

    inventory, packs, on = big_audit(DEVICES), load_packs(), date(2026, 11, 22)
    started = time.perf_counter()
    findings = judge(inventory, packs, on)
    judged = time.perf_counter() - started
    rules = sum(len(pack.rules) for pack in packs)

    started = time.perf_counter()
    view = build(inventory, findings, packs, on)
    page = load_reports()["html"].files["report.html"](view)
    seconds, size = time.perf_counter() - started, len(page) / 1e6
    rows = [
        Row(f"{DEVICES:,} devices x {rules} rules, judged", f"{judged:.1f} s", "< 5 s", judged < 5),
        Row(f"report.html of {DEVICES:,} devices, written", f"{seconds:.1f} s", "< 10 s", seconds < 10),
        Row(f"report.html of {DEVICES:,} devices, size", f"{size:.1f} MB", "< 15 MB", size < 15),
    ]
    for name, report in load_reports().items():
        if name != "html":
            started = time.perf_counter()
            sizes = [_size(render(view)) for render in report.files.values()]
            spent = time.perf_counter() - started
            rows.append(
                Row(f"{name} of {DEVICES:,} devices", f"{spent:.1f} s, {sum(sizes) / 1e6:.0f} MB", "none", True)
            )
    return [*rows, *_in_browser(page)]


def _in_browser(page: bytes) -> list[Row]:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        print("no Chromium: the report is not opened", file=sys.stderr)
        return []
    from chromium import Browser

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        path = Path(place) / "report.html"
        path.write_bytes(page)
        with Browser(program, Path(place) / "profile") as browser:
            opened = browser.open(path)
            filtered = browser.value(OPENS)
    return [
        Row("report.html, opened in Chromium", f"{opened:.2f} s", "< 2 s", opened < 2),
        Row("report.html, slowest of four filters", f"{filtered / 1000:.3f} s", "< 0.1 s", filtered < 100),
    ]
