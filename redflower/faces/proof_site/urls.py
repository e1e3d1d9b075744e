"""The log's files, receipts, verification and open data."""

from django.urls import include, path
from django.urls.resolvers import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("redflower.faces.proof_site.urls_log")),
    path("", include("redflower.faces.proof_site.urls_open")),
    path("", include("redflower.faces.proof_site.urls_verify")),
]
