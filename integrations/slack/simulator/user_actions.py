"""What a person does on the page, as Slack would carry it out: deliver it, and show what the portal answers."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from integrations.slack import manifest
from integrations.slack.simulator import api, form_values
from integrations.slack.simulator.deliveries import Delivered, Deliveries
from integrations.slack.simulator.form_values import Element, Form
from integrations.slack.simulator.state import Person, SlackSays, State


class Desk:
    """Everybody's screen. What is only for one person's eyes is kept for that person."""

    def __init__(self, state: State, deliveries: Deliveries) -> None:
        self._state, self._deliveries = state, deliveries
        self.notices: dict[str, str] = {}  # by person
        self.typed: dict[str, Mapping[str, Any]] = {}  # by view
        self.errors: dict[str, Mapping[str, str]] = {}

    @property
    def slash(self) -> str:
        return self._deliveries.command

    def command(self, person: Person, channel_id: str, text: str) -> None:
        channel = self._state.channel(channel_id)
        answer = self._deliveries.slash(person, channel, text)
        self._tell(person, answer)
        if answer.status == 200 and isinstance(answer.body, dict) and answer.body.get("text"):
            self.only_for(person, channel.id, answer.body)

    def shortcut(self, person: Person) -> None:
        self._tell(person, self._deliveries.shortcut(person, manifest.SHORTCUT))

    def open_home(self, person: Person) -> None:
        self._tell(person, self._deliveries.home_opened(person))

    def press(self, person: Person, channel: str, ts: str, name: str) -> None:
        """Press a button of a message."""
        post = self._state.post(channel, ts)
        self._tell(person, self._deliveries.click(person, post, _action({"blocks": post.blocks}, name)))

    def press_home(self, person: Person, name: str) -> None:
        if person.home:
            answer = self._deliveries.act(person, person.home, _action(person.home, name), {})
            self._tell(person, answer)

    def dialog(self, person: Person, go: str, form: Form) -> None:
        """Send the dialog in front, or press or choose something in it."""
        view = person.views[-1]
        if go == "close":
            person.views.pop()
            return
        values = form_values.values(view, form, self.offered(person, view))
        self.typed[view["id"]] = values
        self.errors.pop(view["id"], None)
        if go != "submit":
            self._tell(person, self._deliveries.act(person, view, _with_choice(view, go, values), values))
            return
        missing = _missing(view, values)
        if missing:
            self.errors[view["id"]] = dict.fromkeys(missing, _("This is needed."))
            return
        self._answered(person, view, self._deliveries.submit(person, view, values))

    def filled(self, person: Person) -> Form:
        """What the dialog in front would be sent with if nobody touched it."""
        found = form_values.elements(person.views[-1]) if person.views else ()
        return {
            form_values.name_of(block_id, one["action_id"]): form_values.texts(one, None)
            for block_id, one in found
            if one["type"] != "button"
        }

    def offered(self, person: Person, view: Mapping[str, Any]) -> dict[str, Sequence[Element]]:
        """The choices of each control that asks the portal for them."""
        found: dict[str, Sequence[Element]] = {}
        for block_id, one in form_values.elements(view):
            if "external" in one["type"]:
                answer = self._deliveries.suggest(person, dict(view), block_id, one["action_id"], "")
                body = answer.body if isinstance(answer.body, dict) else {}
                groups = [option for group in body.get("option_groups", ()) for option in group["options"]]
                found[form_values.name_of(block_id, one["action_id"])] = [*body.get("options", ()), *groups]
        return found

    def only_for(self, person: Person, channel_id: str, said: Mapping[str, Any]) -> None:
        """Show a message to this person alone."""
        channel = self._state.channel(channel_id)
        self._state.add_post(
            channel, text=str(said.get("text", "")), blocks=list(said.get("blocks", ())), only_for=person.id
        )

    def _answered(self, person: Person, view: dict[str, Any], answer: Delivered) -> None:
        body = answer.body if isinstance(answer.body, dict) else {}
        self._tell(person, answer)
        if answer.status != 200:
            return
        match body.get("response_action"):
            case "errors":
                self.errors[view["id"]] = body["errors"]
            case "update":
                api.replace_view(self._state, person, len(person.views) - 1, body["view"])
            case "push":
                person.views.append(self._state.new_view(body["view"], previous=view["id"]))
            case "clear":
                person.views.clear()
            case _:
                # The dialog goes, unless the portal has put another in its place meanwhile.
                person.views = [one for one in person.views if one["id"] != view["id"]]

    def _tell(self, person: Person, answer: Delivered) -> None:
        self.notices.pop(person.id, None)
        if answer.status == 0:
            self.notices[person.id] = _("Usher did not answer within three seconds.")
        elif answer.status != 200:
            self.notices[person.id] = _("Usher answered %(status)d.") % {"status": answer.status}


def _action(view: Mapping[str, Any], name: str) -> dict[str, Any]:
    for block_id, one in form_values.elements(view):
        if form_values.name_of(block_id, one.get("action_id", "")) == name:
            kept = {key: one[key] for key in ("type", "action_id", "value", "text") if key in one}
            return {**kept, "block_id": block_id}
    raise SlackSays("not_found")


def _with_choice(view: Mapping[str, Any], name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """What was chosen goes along, where it is a choice and no button."""
    action = _action(view, name)
    return {**action, **values.get(action["block_id"], {}).get(action["action_id"], {})}


def _missing(view: Mapping[str, Any], values: Mapping[str, Any]) -> list[str]:
    """Slack itself asks for what is not optional."""
    needed = [one for one in view.get("blocks", ()) if one.get("type") == "input" and not one.get("optional")]
    found = []
    for block in needed:
        said = values.get(block.get("block_id", ""), {}).get(block["element"]["action_id"], {})
        if not any(value for key, value in said.items() if key != "type"):
            found.append(str(block.get("block_id", "")))
    return found
