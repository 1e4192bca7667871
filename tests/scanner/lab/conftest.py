"""One fleet with every personality for the tests that only read; each test starts with an empty journal."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from scanner.lab import Fleet, load_personalities


@pytest.fixture(scope="session")
def everybody() -> Iterator[Fleet]:
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    with Fleet(list(load_personalities()), base=f"127.32.{200 + worker}.0") as fleet:
        yield fleet


@pytest.fixture
def fleet(everybody: Fleet) -> Fleet:
    everybody.reset()
    return everybody
