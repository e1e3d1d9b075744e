"""The API's addresses."""

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, path
from django.views.generic import RedirectView

from redflower.faces.public_api import docs
from redflower.faces.public_api.api import api
from redflower.faces.public_api.door import door


def _through_the_door(patterns: list[URLPattern | URLResolver]) -> Iterator[URLPattern | URLResolver]:
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            pattern.callback = door(pattern.callback)
        yield pattern


_operations, _app, _namespace = api.urls

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="api-docs"), name="api"),
    path("docs", docs.reference, name="api-docs"),
    path("v1/openapi.json", docs.openapi, name="api-document"),
    path("v1/", (list(_through_the_door(_operations)), _app, _namespace)),
]
