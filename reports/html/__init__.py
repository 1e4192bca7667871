"""``report.html``: one self-contained page that asks nothing of the network and reads without JavaScript.

Templates print what the view computed. Device text can reach the page by three ways only: escaped by Jinja2, as
JSON with ``<`` written as an escape, and from there by ``textContent``; the content policy allows the one script and
the one style by their hashes and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reports import Report
from reports.html.rows import rows_json
from reports.view import AuditView

SECTIONS: tuple[tuple[str, str], ...] = (
    ("summary", "Summary"),
    ("coverage", "Coverage"),
    ("functions", "Register of AI functions"),
    ("makers", "Makers and rebrands"),
    ("cameras", "Cameras and recorders"),
    ("findings", "Findings"),
    ("waivers", "Waivers"),
    ("harm", "Do-no-harm record"),
    ("method", "Method and limits"),
)


ASSETS: tuple[str, str] = ("assets", "Asset register")
"""Stands before the makers where a register was given."""


def render(view: AuditView) -> bytes:
    """The page as UTF-8."""
    style, script = _static("report.css"), _static("report.js")
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    page = (
        _environment()
        .get_template("report.html.j2")
        .render(
            view=view,
            sections=_sections(view),
            policy=policy,
            style=Markup(style),  # noqa: S704  # our own file; escaping would break it
            script=Markup(script),  # noqa: S704  # our own file
            data=Markup(rows_json(view)),  # noqa: S704  # no "<" is left in it
        )
    )
    return page.encode()


def _sections(view: AuditView) -> tuple[tuple[str, str], ...]:
    return (*SECTIONS[:3], ASSETS, *SECTIONS[3:]) if view.assets else SECTIONS


@cache
def _environment() -> Environment:
    # autoescape outright: the usual test of the suffix would leave .html.j2 unescaped
    return Environment(
        loader=PackageLoader("reports.html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _static(name: str) -> str:
    return resources.files("reports.html").joinpath("static", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


REPORT = Report("html", {"report.html": render})
