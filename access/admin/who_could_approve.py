"""Who could approve: of a flow as it is, and as it is typed."""

from collections.abc import Callable, Iterable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from access.admin.site import site
from access.config import proposals
from access.core import durations
from access.models import Flow
from access.policy import approvers, policy, simulate
from access.policy import words as policy_words


def sentences(flow: Flow) -> list[str]:
    return [one for one in (*_about(approvers.of_flow(flow)), simulate.trouble(flow)) if one]


def button(flow: Flow) -> SafeString:
    """Sends the form as it is typed, and shows what is answered beside it, in a tab of its own."""
    address = reverse("admin:access_flow_who", args=[flow.pk] if flow.pk else [])
    return format_html(
        '<button type="submit" class="who-asked" formaction="{}" formtarget="_blank" formnovalidate>{}</button>',
        address, _("Who could approve what is typed?"),
    )  # fmt: skip


def answer(request: HttpRequest, view: Callable[[], HttpResponse]) -> HttpResponse:
    """Answer the form as if it were saved, and take everything back."""

    def shown() -> HttpResponse:
        response = view()
        # A page that is drawn later would be drawn of what is there then.
        return response.render() if hasattr(response, "render") else response

    request.only_asked = True  # type: ignore[attr-defined]
    return proposals.attempt(shown).outcome


def page(request: HttpRequest, flow: Flow) -> HttpResponse | None:
    """What is said of a flow that was saved to be asked about; None where it was saved to stay."""
    if not getattr(request, "only_asked", False):
        return None
    # What the form would have told is told here, and not on the next page.
    told = [str(one) for one in messages.get_messages(request) if one.level >= messages.WARNING]
    context = {**site.each_context(request), "title": _("Who could approve?"), "flow": flow,
               "sentences": [*sentences(Flow.objects.get(pk=flow.pk)), *told]}  # fmt: skip
    return render(request, "admin/access/flow/who.html", context)


def _about(in_force: policy.Policy) -> list[str]:
    """Say stage by stage who could decide what somebody else asks, and for whom that ends nowhere."""
    known = approvers.circles([in_force], [], now=timezone.now())
    found = simulate.outlook(in_force, simulate.somebody_else(known))
    said = [_step(one) for one in found.steps]
    said += [found.held_up] if found.held_up else []
    gone = [known.people[one] for one in known.people if one not in known.active]
    gone = [one for one in gone if one.id not in known.auditors]
    if gone:
        said.append(_("They can no longer sign in: %(names)s.") % {"names": _names(gone)})
    if known.auditors:
        auditors = [known.people[one] for one in known.auditors]
        said.append(_("Auditors decide nothing: %(names)s.") % {"names": _names(auditors)})
    said += [careful()] if in_force.self_approval else []
    return said


def _step(step: simulate.Step) -> str:
    name = _("%(stage)s: ") % {"stage": step.name} if step.name else ""
    words = {"needed": step.needed, "names": _names(step.at_once, with_manager=0 in step.managers)}
    later = [
        _("After %(length)s also: %(names)s.")
        % {"length": durations.written(after), "names": _names(people, with_manager=after in step.managers)}
        for after, people in step.later
    ]
    return name + " ".join([_("%(needed)d of: %(names)s.") % words, *later])


def _names(people: Iterable[policy.Approver], *, with_manager: bool = False) -> str:
    manager = [_("the manager of whoever asks")] if with_manager else []
    return policy_words.shortened([*map(policy_words.name, people), *manager]) or _("nobody")


def careful() -> str:
    return _("Careful: people may approve their own requests in this flow, so nobody else has to look.")
