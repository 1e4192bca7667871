"""The report in a real browser: silent, alone, readable without JavaScript, on a phone, in the dark and on paper."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import Browser
from needs import chromium
from sample_audit import HOSTILE, ON, big_audit, sample_packs, sample_view

from reports.html import render
from reports.view import AuditView, build
from reports.view.tables import PAGE_ROWS
from rules import judge

pytestmark = pytest.mark.browser

SIGNS_OF_SCRIPT = "document.querySelectorAll('.controls').length"


@pytest.fixture(scope="module")
def view() -> AuditView:
    return sample_view()


@pytest.fixture(scope="module")
def page(view: AuditView, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_bytes(render(view))
    return path


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten thousand cameras."""
    inventory, packs = big_audit(10_000), sample_packs()
    path = tmp_path_factory.mktemp("report") / "big.html"
    path.write_bytes(render(build(inventory, judge(inventory, packs, ON), packs, ON)))
    return path


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    with Browser(chromium(), tmp_path / "profile") as running:
        running.look(width=1280)
        yield running


def test_it_is_silent_and_alone(browser: Browser, page: Path) -> None:
    """No console message, no request but the file itself, no code of a device has run."""
    browser.open(page)

    assert browser.console == []
    assert browser.requests == [page.as_uri()]
    assert browser.value("document.images.length") == 0
    assert HOSTILE in browser.value("document.body.innerText")
    assert browser.value(SIGNS_OF_SCRIPT) > 0


def test_the_policy_stops_what_is_put_in(browser: Browser, page: Path, tmp_path: Path) -> None:
    """Even markup that got past the escaping could neither run nor load."""
    spoilt = tmp_path / "spoilt.html"
    image = "http://127.0.0.1:9/x"
    attack = f"<script>document.title='taken'</script><img src='{image}' onerror=\"document.title='taken'\">"
    spoilt.write_text(page.read_text(encoding="utf-8").replace("</main>", attack + "</main>"), encoding="utf-8")

    browser.open(spoilt)

    assert browser.value("document.title") != "taken"
    assert browser.requests == [spoilt.as_uri()]
    assert browser.blocked == [image]


def test_it_reads_without_script(browser: Browser, page: Path, view: AuditView) -> None:
    """Summaries and the first page of each table are there, and nothing that would need a script."""
    browser.scripts(allowed=False)
    browser.open(page)
    browser.scripts(allowed=True)
    text = browser.value("document.body.innerText")

    assert browser.value(SIGNS_OF_SCRIPT) == 0
    assert view.board.headline in text
    assert browser.value("document.querySelectorAll('#table-devices tbody tr:not(.notes)').length") == 20


@pytest.mark.parametrize("width", [390, 768, 1280])
@pytest.mark.parametrize("dark", [False, True])
def test_no_width_scrolls_sideways(browser: Browser, page: Path, width: int, dark: bool) -> None:
    """Tables scroll in their box, the page never does, with everything opened too."""
    browser.look(width=width, dark=dark)
    browser.open(page)
    browser.value("document.querySelectorAll('details').forEach((one) => { one.open = true; })")

    assert browser.value("document.documentElement.scrollWidth") <= width


CONTRAST = """
(() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const parse = (colour) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = (rgb) => { const [r, g, b] = rgb.slice(0, 3).map((v) => { v /= 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const ground = (node) => {
    for (; node; node = node.parentElement) {
      const c = parse(getComputedStyle(node).backgroundColor);
      if (c[3] === 255) return c;
    }
    return [255, 255, 255, 255];
  };
  const weak = new Set();
  for (const node of document.querySelectorAll('body *')) {
    const said = [...node.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!said || !node.offsetParent || node.disabled) continue;
    const a = light(parse(getComputedStyle(node).color)), b = light(ground(node));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) weak.add(node.tagName + '.' + node.className + ' ' + ratio.toFixed(2));
  }
  return [...weak];
})()
"""
SMALL_TARGETS = """
[...document.querySelectorAll('button, input, select, summary')]
  .filter((node) => node.offsetParent && (node.offsetHeight < 24 || node.offsetWidth < 24))
  .map((node) => node.outerHTML.slice(0, 80))
"""
UNNAMED = """
[...document.querySelectorAll('button, input, select, summary, a, [role=region], svg[role=img]')]
  .filter((node) => !(node.textContent.trim() || node.getAttribute('aria-label') ||
    node.getAttribute('aria-labelledby') || (node.labels && node.labels.length)))
  .map((node) => node.outerHTML.slice(0, 80))
"""


@pytest.mark.parametrize("dark", [False, True])
def test_everybody_can_read_it(browser: Browser, page: Path, dark: bool) -> None:
    """WCAG 2.2 AA as far as a script can tell: contrast 4.5, targets of 24 px, a name for each control."""
    browser.look(width=1280, dark=dark)
    browser.open(page)
    browser.value("document.querySelectorAll('details').forEach((one) => { one.open = true; })")

    assert browser.value(CONTRAST) == []
    assert browser.value(SMALL_TARGETS) == []
    assert browser.value(UNNAMED) == []


def test_the_keyboard_comes_first_to_the_skip_link(browser: Browser, page: Path) -> None:
    """And the focus can be seen."""
    browser.open(page)
    for kind in ("rawKeyDown", "keyUp"):
        browser.ask("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)

    assert browser.value("document.activeElement.className") == "skip"
    assert browser.value("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert browser.value("document.activeElement.getBoundingClientRect().left") == 0


def test_it_prints_every_row(browser: Browser, big_enough: Path) -> None:
    """Paper has all rows of a table of which the screen shows one page, and the screen has its page back afterwards."""
    browser.open(big_enough)
    count = "document.querySelectorAll('#table-devices tbody tr:not(.notes)').length"
    browser.value("window.addEventListener('beforeprint', () => { window.printed = " + count + "; })")

    pdf = browser.print()

    assert pdf.startswith(b"%PDF")
    assert browser.value("window.printed") == 120
    assert browser.value(count) == PAGE_ROWS


@pytest.fixture(scope="module")
def big_enough(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """More cameras than one page shows."""
    inventory, packs = big_audit(120), sample_packs()
    path = tmp_path_factory.mktemp("report") / "pages.html"
    path.write_bytes(render(build(inventory, judge(inventory, packs, ON), packs, ON)))
    return path


def test_pages_filters_and_sorting(browser: Browser, big_enough: Path) -> None:
    """Next, search, a filter and a sort do what they say, and the status says it too."""
    browser.open(big_enough)
    box = "document.querySelector('#table-devices')"
    status = f"{box}.nextElementSibling.querySelector('[role=status]').textContent"
    first = f"{box}.querySelector('tbody tr').cells[1].textContent"

    assert browser.value(status) == "Rows 1 to 50 of 120"
    browser.value(f"{box}.nextElementSibling.querySelectorAll('button')[1].click()")
    assert browser.value(status) == "Rows 51 to 100 of 120"

    browser.value(f"{box}.querySelectorAll('thead button')[1].click()")
    assert browser.value(first) == "10.0.0.0"
    browser.value(f"{box}.querySelectorAll('thead button')[1].click()")
    assert browser.value(first) == "10.0.0.119"
    assert browser.value(f"{box}.querySelectorAll('thead th')[1].getAttribute('aria-sort')") == "descending"

    browser.value(
        f"(() => {{ const input = {box}.previousElementSibling.querySelector('input');"
        " input.value = 'HIKVISION safesky'; input.dispatchEvent(new Event('input')); })()"
    )
    assert browser.value(status) == "Rows 1 to 7 of 7 (of 120)"


def test_ten_thousand_devices(browser: Browser, big: Path) -> None:
    """Opens in less than 2 s and filters in less than 0.1 s; the file is smaller than 15 MB."""
    assert big.stat().st_size < 15_000_000
    seconds = browser.open(big)
    spent = browser.value("""
        (() => {
          const input = document.getElementById('devices-search'), times = [];
          for (const word of ['warm', 'hikvision', 'axis site', '10.0.7', '']) {
            const started = performance.now();
            input.value = word; input.dispatchEvent(new Event('input'));
            times.push(performance.now() - started);
          }
          return times.slice(1);
        })()
    """)

    assert seconds < 2
    assert max(spent) < 100
    assert browser.console == []
