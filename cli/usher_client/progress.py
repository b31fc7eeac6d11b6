"""One line that says what is waited for, and since when: kept up to date on a terminal, written once elsewhere."""

import shutil
from typing import Final

from usher_client import words
from usher_client.commands import Terminal

CLEAR: Final = "\r\x1b[K"


class Progress:
    def __init__(self, shell: Terminal, url: str) -> None:
        self._shell, self._began, self._text = shell, shell.clock(), ""
        self._live = shell.err.isatty()
        shell.say(words.plain(url))

    def show(self, text: str) -> None:
        """Say what it is now; elsewhere than on a terminal only when that is something new."""
        new = text != self._text
        self._text = text
        if self._live:
            self.tick()
        elif new:
            self._shell.say(words.plain(text) + ".")

    def tick(self) -> None:
        if self._live and self._text:
            minutes, seconds = divmod(int(self._shell.clock() - self._began), 60)
            line = f"{words.plain(self._text)} · {minutes}:{seconds:02} · Ctrl-C takes it back"
            fitting = line[: shutil.get_terminal_size().columns - 1]  # only one row can be written anew
            self._shell.err.write(CLEAR + self._shell.tinted(fitting, "yellow"))
            self._shell.err.flush()

    def end(self) -> None:
        if self._live:
            self._shell.err.write(CLEAR)
            self._shell.err.flush()
