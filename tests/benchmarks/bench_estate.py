"""Discovery at the size of an estate, in namespaces with a wire between: what is found, how fast, in what memory.

Every figure is counted outside the scanner: packets on the wire, memory and time by the system, truth by the lab.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from figures import Row
from kills import audit, audit_with_kills, told
from lab_network import CAMERAS, Plan, Ran, permitted
from lab_network import run as run_plan

from scanner.history import Store
from scanner.lab import Fleet
from scanner.net import PACES

COUNTY, LARGE, SMALL = "10.20.0.0/18", "10.20.0.0/16", "10.20.0.0/20"
DELAY = 0.005
NMAP = ("nmap", "-n", "-Pn", "-sS", "-p80,554,8000,37777", "--max-retries", "1", "--min-rate", "20000", COUNTY)
KILLS = 30
KINDS = [*CAMERAS, "hikvision-nvr", "decoy-printer", "decoy-router", "decoy-nas"]


def run() -> list[Row]:
    """All of them; minutes."""
    reason = permitted()
    if reason:
        return [Row(f"discovery at estate scale ({reason})", "not run", "", False)]
    with tempfile.TemporaryDirectory(prefix="bench-estate-") as folder:
        here = Path(folder)
        return [*_county(here), *_polite(here), *_losses(here), *_lures(here), *_capture(here), *_kills(here)]


def _scan(here: Path, network: str, live: int, pace: str = "fast", **more: Any) -> tuple[Ran, dict[str, Any]]:
    """One audit of a network by the command line; what the wire counted, and its audit.json."""
    out = here / "audit"
    shutil.rmtree(out, ignore_errors=True)
    words = (
        sys.executable, "-m", "scanner.cli", "scan", network, "--authorised-by", "a benchmark", "--reference", "none",
        "-T", pace, "-o", str(out), "--quiet", "-f", "json",
    )  # fmt: skip
    ran = run_plan(Plan(command=words, networks=(network,), live=live, delay=DELAY, **more))
    if ran.code != 0:
        raise RuntimeError(f"the audit ended with {ran.code}: {ran.stderr[-2000:]}")
    return ran, json.loads((out / "audit.json").read_bytes())


def _identified(ran: Ran, document: dict[str, Any]) -> tuple[int, int]:
    """How many live cameras were found, and how many of them with the maker, model and firmware they tell."""
    seen = {device["address"]: device["identity"] for device in document["devices"] if not device["seen_through"]}
    found = [address for address in ran.truth if address in seen]
    right = 0
    for address in found:
        said, truth = seen[address], ran.truth[address]
        firmware = (said["firmware"] or {}).get("version")
        right += (said["maker"], said["model"], firmware) == (truth["maker"], truth["model"], truth["firmware"])
    return len(found), right


def _county(here: Path) -> list[Row]:
    ran, document = _scan(here, COUNTY, 1024)
    found, right = _identified(ran, document)
    rows = [
        Row("16,384 addresses, 1,024 cameras, fast: found", f"{found}", "1024", found == 1024),
        Row("the same: maker, model and firmware right", f"{right}", "1024", right == 1024),
        Row(f"the same: peak memory, reports included ({ran.seconds:.0f} s)", f"{ran.peak_mb:.0f} MB", "< 200 MB",
            ran.peak_mb < 200),
    ]  # fmt: skip
    if shutil.which("nmap"):
        nmap = run_plan(Plan(command=NMAP, networks=(COUNTY,), live=1024, delay=DELAY))
        ratio = nmap.seconds / ran.seconds
        rows.append(
            Row(
                f"the same against nmap -sS on four ports ({nmap.seconds:.0f} s)",
                f"x{ratio:.2f}",
                ">= x10",
                ratio >= 10,
            )
        )
    few, _ = _scan(here, COUNTY, 200)
    many, document = _scan(here, LARGE, 200)
    found, _ = _identified(many, document)
    growth = many.peak_mb / few.peak_mb
    rows.append(Row(f"65,536 addresses, 200 cameras ({many.seconds:.0f} s): found", f"{found}", "200", found == 200))
    rows.append(
        Row(f"the same: memory against 16,384 ({few.peak_mb:.0f} MB)", f"x{growth:.2f}", "<= x1.10", growth <= 1.1)
    )
    return rows


def _polite(here: Path) -> list[Row]:
    ran, _ = _scan(here, "10.20.0.0/21", 32, "polite", caps=(32, 24, 0))
    pace = PACES["polite"]
    rows = [
        Row("polite, 2,048 addresses, 32 cameras: packets to a dark one, at most", f"{ran.dark_most}", "<= 12",
            ran.dark_most <= 12),
    ]  # fmt: skip
    for prefix, cap, name in ((32, pace.host, "a host"), (24, pace.neighbourhood, "a /24"), (0, pace.total, "all")):
        most = ran.most[str(prefix)]
        kept = most <= 1.02 * cap + 1  # what may leave at once after a rest counts in the second it ends
        rows.append(Row(f"the same: datagrams and SYNs to {name} in a second", f"{most}", f"<= {cap:g} + 2%", kept))
    return rows


def _losses(here: Path) -> list[Row]:
    rows = []
    for loss, least in ((0.01, 0.999), (0.05, 0.99)):
        ran, document = _scan(here, SMALL, 1000, loss=loss)
        found, right = _identified(ran, document)
        share = found / len(ran.truth)
        rows.append(
            Row(
                f"{loss:.0%} of all packets lost each way: cameras found ({right} identified)",
                f"{share:.2%}",
                f">= {least:.1%}",
                share >= least,
            )
        )
    return rows


def _lures(here: Path) -> list[Row]:
    ran, _ = _scan(here, "10.20.0.0/22", 32, rejecting=32, lures=12, kinds=(*CAMERAS, "onvif-nat"))
    stray = sum(ran.stray.values())
    return [
        Row(f"12 luring devices, asked {ran.lured} times: packets out of scope", f"{stray}", "0",
            stray == 0 and ran.lured > 12)
    ]  # fmt: skip


def _capture(here: Path) -> list[Row]:
    """What a capture of the wire tells offline, beside what the audit found."""
    from audits import camaudit

    capture = here / "wire.pcap"
    _, live = _scan(here, "10.20.0.0/23", 48, capture=str(capture))
    offline = here / "offline"
    done = camaudit("import", str(capture), "-o", str(offline), "-f", "json", timeout=300)
    if done.returncode not in (0, 3):
        raise RuntimeError(done.stderr[-2000:])
    heard = {one["address"]: one["identity"] for one in json.loads((offline / "audit.json").read_bytes())["devices"]}
    words = ("maker", "brand", "model")
    same = [
        one["address"]
        for one in live["devices"]
        if one["address"] in heard
        and [one["identity"][word] for word in words] == [heard[one["address"]][word] for word in words]
        and _version(one["identity"]) == _version(heard[one["address"]])
    ]
    spoke = sum(one["address"] in heard for one in live["devices"])
    return [
        Row(
            f"a capture of {spoke} devices, read offline: same identity", f"{len(same)}", f"{spoke}", len(same) == spoke
        )
    ]


def _version(identity: dict[str, Any]) -> str | None:
    return (identity["firmware"] or {}).get("version")


def _kills(here: Path) -> list[Row]:
    words: Sequence[str] = ("127.95.1.0/25", "-T", "polite")
    with Fleet(KINDS, base="127.95.1.0", fragile=False) as fleet:
        audit(words, here / "whole")
        with Store.open(here / "whole" / "inventory.sqlite") as store:
            expected = store.load()
        fleet.reset()
        killed = audit_with_kills(fleet, words, here / "killed", KILLS, seed=30)
    same = told(killed.inventory) == told(expected)
    return [
        Row(f"an audit killed {killed.kills} times: inventory as undisturbed", "yes" if same else "no", "yes", same),
        Row(
            "the same: packets to devices that were finished", f"{len(killed.asked_again)}", "0", not killed.asked_again
        ),
    ]


if __name__ == "__main__":
    for row in run():
        print(*row, sep=" | ")
