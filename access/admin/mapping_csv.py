"""User mappings as CSV files: out at once, in after a look at every change."""

import base64
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from unfold.widgets import UnfoldAdminFileFieldWidget

from access.admin.base import SetUp, signed_in
from access.core.errors import Conflict
from access.people import mappings_csv

# A file waits here, between the look at its changes and the word to make them.
KEPT: Final = "mappings_csv"
MOST_BYTES: Final = 2 * 1024 * 1024


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("CSV file"),
        allow_empty_file=True,
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,text/csv"}),
        help_text=gettext_lazy("In UTF-8, at most 2 MB. Larger ones can be imported by the command mappings import."),
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > MOST_BYTES:
            raise ValidationError(_("The file is larger than 2 MB. Import it by the command mappings import."))
        return file


class CsvPages(SetUp):
    """The pages of files, for the admin of user mappings."""

    list_before_template = "admin/access/usermapping/files.html"

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {**(extra_context or {}), "may_import": self._may_import(request)})

    def get_urls(self) -> list[URLPattern]:
        views = {"export": self.export_csv, "import": self.import_csv, "apply": self.apply_csv}
        return [
            path(f"{name}/", self.admin_site.admin_view(view), name=f"access_usermapping_{name}")
            for name, view in views.items()
        ] + super().get_urls()

    @method_decorator(require_safe)
    def export_csv(self, request: HttpRequest) -> StreamingHttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        answer = StreamingHttpResponse(mappings_csv.lines(), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = 'attachment; filename="user-mappings.csv"'
        return answer

    @method_decorator(require_http_methods(["GET", "POST"]))
    def import_csv(self, request: HttpRequest) -> HttpResponse:
        """Take a file and show what it would change, or every line that is wrong. Nothing is changed here."""
        self._check(request)
        request.session.pop(KEPT, None)
        if request.method == "GET":
            return self._page(request, UploadForm())
        form = UploadForm(request.POST, request.FILES)
        if not form.is_valid():
            return self._page(request, form, status=400)
        data = form.cleaned_data["file"].read()
        plan = mappings_csv.plan(data)
        if plan.changes:
            request.session[KEPT] = base64.b64encode(data).decode()
        return self._page(request, UploadForm(), plan=plan, status=400 if plan.wrong else 200)

    @method_decorator(require_POST)
    def apply_csv(self, request: HttpRequest) -> HttpResponse:
        """Make the changes that were seen. When they would be others now, show those instead."""
        self._check(request)
        kept = request.session.get(KEPT)
        if kept is None:
            messages.warning(request, _("There is no file waiting to be imported. Choose it again."))
            return self._page(request, UploadForm(), status=409)
        data = base64.b64decode(kept)
        try:
            done = mappings_csv.apply(
                data, actor=signed_in(request), now=timezone.now(), seen=request.POST.get("seen", "")
            )
        except Conflict as error:
            messages.warning(request, str(error))
            return self._page(request, UploadForm(), plan=mappings_csv.plan(data), status=409)
        del request.session[KEPT]
        text = ngettext(
            "%(count)d user mapping was changed.", "%(count)d user mappings were changed.", len(done.changes)
        )
        messages.success(request, text % {"count": len(done.changes)})
        return redirect(reverse("admin:access_usermapping_changelist"))

    def _may_import(self, request: HttpRequest) -> bool:
        # A file changes mappings and makes new ones.
        return bool(self.has_change_permission(request) and self.has_add_permission(request))

    def _check(self, request: HttpRequest) -> None:
        if not self._may_import(request):
            raise PermissionDenied

    def _page(
        self, request: HttpRequest, form: UploadForm, *, plan: mappings_csv.Plan | None = None, status: int = 200
    ) -> HttpResponse:
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": _("Import user mappings"),
            "opts": self.opts,
            "form": form,
            "plan": plan,
        }
        return render(request, "admin/access/usermapping/import.html", context, status=status)
