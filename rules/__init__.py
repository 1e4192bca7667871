"""The right half: an inventory becomes findings. Pure functions, no network, no clock.

packs = load_packs()                                       # shipped packs, or PackError with every problem
findings = judge(inventory, packs, on=audit_day, waivers=load_waivers(path))
"""

from rules.engine import UNCLEAR, judge, rules_in_force
from rules.examples import ExampleResult, run_examples
from rules.loader import asked_facts, load_packs, pack_folders, read_packs
from rules.model import (
    SEVERITIES,
    VERDICTS,
    Because,
    DataList,
    Finding,
    Pack,
    Reference,
    Rule,
    Severity,
    Verdict,
    Waiver,
    WaiverMark,
)
from rules.waivers import load_waivers, unused_waivers

__all__ = [
    "SEVERITIES",
    "UNCLEAR",
    "VERDICTS",
    "Because",
    "DataList",
    "ExampleResult",
    "Finding",
    "Pack",
    "Reference",
    "Rule",
    "Severity",
    "Verdict",
    "Waiver",
    "WaiverMark",
    "asked_facts",
    "judge",
    "load_packs",
    "load_waivers",
    "pack_folders",
    "read_packs",
    "rules_in_force",
    "run_examples",
    "unused_waivers",
]
