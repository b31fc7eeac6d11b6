"""How the demo may fail: with a sentence for the person who started it, and an exit code."""


class DemoFailed(Exception):
    """Something did not come about. `code` is 1 when it did not hold, 2 when it could not be started like that."""

    def __init__(self, sentence: str, *, code: int = 1) -> None:
        super().__init__(sentence)
        self.code = code
