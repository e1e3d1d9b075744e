"""The addresses of the public pages; the giving journey has its own file."""

from django.urls import include, path

urlpatterns = [
    path("", include("redflower.faces.donor_site.urls_journey")),
]
