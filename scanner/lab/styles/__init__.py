"""One module a maker's way of speaking. Being here is being registered: each module has STYLE."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.resources import files

from scanner.lab.device import Style


@cache
def load_styles() -> dict[str, Style]:
    """Every style of this folder by module name."""
    names = sorted(
        entry.name.removesuffix(".py")
        for entry in files(__name__).iterdir()
        if entry.name.endswith(".py") and not entry.name.startswith("_")
    )
    modules = {name: import_module(f"{__name__}.{name}") for name in names}
    return {name: module.STYLE for name, module in modules.items() if hasattr(module, "STYLE")}
