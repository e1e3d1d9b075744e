"""The addresses of open data and feeds; fixed names first, any other is a file of the newest export."""

from django.urls import path

from redflower.faces.proof_site.views import exports, feeds

urlpatterns = [
    path("open", exports.open_data, name="open_data"),
    path("open/schema", exports.schema, name="open_schema"),
    path("open/schema.json", exports.schema_file, name="open_schema_file"),
    path("open/manifest.json", exports.manifest, name="open_manifest"),
    path("open/news.atom", feeds.news, name="news"),
    path("open/calendar.ics", feeds.calendar, name="calendar"),
    path("open/<str:name>", exports.open_file, name="open_file"),
]
