"""Who watches a run on a terminal: a rich progress bar on stderr, or one line every 30 s where there is no terminal."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from scanner.model import Device

LINE_SECONDS = 30.0

PHASES = {"sweep": "Asking addresses", "read": "Reading devices", "judge": "Judging", "report": "Writing reports"}


class Watcher(Protocol):
    """The observer of a run, with a beginning and an end."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def phase(self, name: str, total: int | None) -> None: ...
    def advance(self, count: int = 1) -> None: ...
    def found(self, device: Device) -> None: ...
    def waiting(self, text: str) -> None: ...


class Count(MofNCompleteColumn):
    """How far, where it is known how far there is to go."""

    def render(self, task: Task) -> Text:
        return Text("") if task.total is None else super().render(task)


class Bar:
    """A live bar: phase, count, rate, devices found, time to go."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            Count(),
            TextColumn("{task.fields[rate]}"),
            TextColumn("{task.fields[found]}"),
            TextColumn("{task.fields[waiting]}", markup=False),
            TimeRemainingColumn(compact=True),
            console=console,
            refresh_per_second=4,
            redirect_stdout=False,
            redirect_stderr=False,
            transient=True,
        )
        self._task: TaskID | None = None
        self._tally = Tally(time.monotonic)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def phase(self, name: str, total: int | None) -> None:
        if self._task is not None:
            self._progress.update(self._task, visible=False)
        self._tally.phase(name, total)
        self._task = self._progress.add_task(
            PHASES.get(name, name), total=total, rate="", found=self._tally.found_text(), waiting=""
        )

    def advance(self, count: int = 1) -> None:
        self._tally.advance(count)
        if self._task is not None:
            self._progress.update(
                self._task, advance=count, rate=self._tally.rate_text(), found=self._tally.found_text()
            )

    def found(self, device: Device) -> None:
        self._tally.found(device)

    def waiting(self, text: str) -> None:
        if self._task is not None:
            self._progress.update(self._task, waiting=text)


class Lines:
    """For logs and pipes: a line when a phase starts and one every 30 seconds, also while nothing moves."""

    def __init__(
        self, console: Console, clock: Callable[[], float] = time.monotonic, seconds: float = LINE_SECONDS
    ) -> None:
        self._console = console
        self._seconds = seconds
        self._tally = Tally(clock)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._tell, name="progress", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def phase(self, name: str, total: int | None) -> None:
        self._tally.phase(name, total)
        self._say(PHASES.get(name, name) + (f": {total}" if total is not None else ""))

    def advance(self, count: int = 1) -> None:
        self._tally.advance(count)

    def found(self, device: Device) -> None:
        self._tally.found(device)

    def waiting(self, text: str) -> None:
        if text:
            self._say(text)

    def _tell(self) -> None:
        while not self._ended.wait(self._seconds):
            self._say(self._tally.line())

    def _say(self, text: str) -> None:
        self._console.print(Text(text), soft_wrap=True)


class Quiet:
    """Says nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def phase(self, name: str, total: int | None) -> None:
        """Nothing to say."""

    def advance(self, count: int = 1) -> None:
        """Nothing to say."""

    def found(self, device: Device) -> None:
        """Nothing to say."""

    def waiting(self, text: str) -> None:
        """Nothing to say."""


class Tally:
    """Counts of the phase under way; called from several threads."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._name, self._total, self._done, self._started = "", None, 0, clock()  # type: tuple[str, int | None, int, float]
        self._devices = self._cameras = 0

    def phase(self, name: str, total: int | None) -> None:
        with self._lock:
            self._name, self._total, self._done, self._started = name, total, 0, self._clock()

    def advance(self, count: int) -> None:
        with self._lock:
            self._done += count

    def found(self, device: Device) -> None:
        with self._lock:
            self._devices += 1
            self._cameras += bool(device.identity.is_camera)

    def rate_text(self) -> str:
        seconds = self._clock() - self._started
        return f"{self._done / seconds:,.0f}/s" if seconds > 0.5 else ""

    def found_text(self) -> str:
        return f"{self._cameras} cameras in {self._devices} devices" if self._devices else ""

    def line(self) -> str:
        of = f": {self._done} of {self._total}" if self._total is not None else ""
        parts = [
            f"{PHASES.get(self._name, self._name)}{of}",
            f"{self._clock() - self._started:,.0f} s so far",
            self.found_text(),
            self._eta(),
        ]
        return ", ".join(part for part in parts if part)

    def _eta(self) -> str:
        seconds = self._clock() - self._started
        if not self._total or not self._done or self._done >= self._total or seconds <= 0:
            return ""  # nothing to reckon from; or all are begun, and answers are being waited for
        left = (self._total - self._done) * seconds / self._done
        return f"about {left:,.0f} s to go"


def watcher(console: Console, *, quiet: bool, no_progress: bool) -> Watcher:
    """The watcher that suits this terminal."""
    if quiet:
        return Quiet()
    return Bar(console) if console.is_terminal and not no_progress else Lines(console)
