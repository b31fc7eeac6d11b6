"""When Python looks for garbage: not while a process loads the code, which stays for good and has none.

It would look through all that is loaded again and again, for a fifth of the time that a command takes to start.
"""

import gc


def pause() -> None:
    gc.disable()


def resume() -> None:
    """Collect what comes from now on. What is there by now is not looked at again."""
    gc.freeze()
    gc.enable()
