"""The donor's journey: think, give, thank you, mine; and the provider's notices about it."""

from django.urls import path

from redflower.faces.donor_site.views import give, notices

urlpatterns = [
    path("projects/<slug:slug>/give", give.give, name="give"),
    path("notices/sandbox", notices.sandbox_notice, name="sandbox_notice"),
]
