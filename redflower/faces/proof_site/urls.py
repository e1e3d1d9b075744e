"""The log's files, receipts, verification and open data."""

from django.urls import include, path
from django.urls.resolvers import URLPattern, URLResolver

from redflower.faces.proof_site.views import draw_files

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("redflower.faces.proof_site.urls_log")),
    path("", include("redflower.faces.proof_site.urls_open")),
    path("open/draws/index.json", draw_files.draws, name="draws"),
    path("open/draws/<uuid:pool_id>/pool.json", draw_files.draw, name="draw"),
    path("open/draws/<uuid:pool_id>/<str:kind>/<int:part>.ndjson", draw_files.draw_part, name="draw_part"),
]
