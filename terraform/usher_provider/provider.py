"""The provider: which portal, and by which token."""

import os
from typing import Any, Final

from tf import types
from tf.iface import DataSource, Provider, Resource
from tf.schema import Attribute, Schema
from tf.types import Unknown
from tf.utils import Diagnostics
from usher_client.api import Client, checked_url
from usher_client.errors import Unusable
from usher_client.tokens import find_token

from usher_provider import data, resource
from usher_provider.planned import Planned

SOURCE: Final = "terraform.local/usher/usher"
_OF_THE_PREDECESSOR: Final = ("org", "jwt_env_var")


class UsherProvider(Provider):
    """Configured once, and then only read: Terraform calls it from ten threads."""

    client: Client
    asks_aptible = False
    applies = False  # a row was put already: what follows is judged by being put

    def __init__(self) -> None:
        self.planned = Planned()
        self._carried: dict[tuple[str, str], str] = {}

    def carry(self, type_: str, old: dict[str, Any]) -> None:
        """Keep what a state of an older version has of the portal, until the row is read."""
        if isinstance(old.get("applied"), str):
            self._carried[type_, str(old.get("id"))] = old["applied"]

    def carried(self, type_: str, id_: str) -> str:
        return self._carried.get((type_, id_), "")

    def get_model_prefix(self) -> str:
        return "sym_"

    def full_name(self) -> str:
        return SOURCE

    def get_provider_schema(self, diags: Diagnostics) -> Schema:
        return Schema([
            Attribute("endpoint", types.String(), optional=True, description="The portal's address; else USHER_URL."),
            Attribute("token", types.String(), optional=True, sensitive=True,
                      description="An admin's token with the scope configure; else USHER_TOKEN or USHER_TOKEN_FILE."),
            Attribute("check_at_aptible", types.Bool(), optional=True,
                      description="Ask Aptible at each plan for the roles and organizations that are named."),
            *(Attribute(name, types.String(), optional=True, description="It changes nothing here.")
              for name in _OF_THE_PREDECESSOR),
        ])  # fmt: skip

    def validate_config(self, diags: Diagnostics, config: dict[str, Any]) -> None:
        for name in _OF_THE_PREDECESSOR:
            if config.get(name) is not None:
                diags.add_warning(
                    f"“{name}” changes nothing here", "Set endpoint and token, or USHER_URL and USHER_TOKEN."
                )

    def configure_provider(self, diags: Diagnostics, config: dict[str, Any]) -> None:
        if Unknown in (config.get("endpoint"), config.get("token")):
            diags.add_error("The portal is not known yet", "endpoint and token have to be known before a plan.")
            return
        self.asks_aptible = config.get("check_at_aptible") is True
        try:
            url = checked_url(config.get("endpoint") or os.environ.get("USHER_URL", ""))
            self.client = Client(url, config.get("token") or find_token(url))
        except Unusable as error:
            diags.add_error("The provider can't reach a portal", str(error))

    def get_resources(self) -> list[type[Resource]]:
        return list(resource.classes())

    def get_data_sources(self) -> list[type[DataSource]]:
        return list(data.classes())
