"""Tell what is being done: a line that changes on a terminal, a line each elsewhere."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.status import Status


class Progress:
    """Show the present step while the block runs."""

    def __init__(self, words: str) -> None:
        """Begin with the first step."""
        self._console = Console(highlight=False, soft_wrap=True, markup=False)
        self._status = Status(words, console=self._console)
        self._last = ""

    def __enter__(self) -> Self:
        """Show the line on a terminal."""
        if self._console.is_terminal:
            self._status.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the line away."""
        self._status.stop()

    def say(self, words: str) -> None:
        """Name the present step."""
        if self._console.is_terminal:
            self._status.update(words)
        elif words != self._last:
            self._console.print(words)
        self._last = words

    def conclude(self, words: str) -> None:
        """Print what came of it."""
        self._status.stop()
        self._console.print(words)
