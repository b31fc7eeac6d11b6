"""What a resource and a data source of one type have in common: their name, and the provider that they ask."""

from typing import Any


class OfType:
    """`provider` has the client. Terraform calls from ten threads: nothing is kept here."""

    type_ = ""

    def __init__(self, provider: Any) -> None:
        self.provider = provider

    @classmethod
    def get_name(cls) -> str:
        return cls.type_.removeprefix("sym_")
