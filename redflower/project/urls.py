"""Which face answers which address."""

from django.urls import include, path

urlpatterns = [
    path("", include("redflower.faces.shared.urls")),
    path("", include("redflower.faces.donor_site.urls")),
    path("", include("redflower.faces.proof_site.urls")),
    path("", include("redflower.faces.dream_site.urls")),
    path("", include("redflower.faces.flower_site.urls")),
    path("", include("redflower.faces.scene_site.urls")),
    path("", include("redflower.faces.partner_api.urls")),
    path("accounts/", include("redflower.faces.accounts_site.urls")),
    path("backoffice/", include("redflower.faces.backoffice.urls")),
    path("sandbox/", include("redflower.faces.sandbox_site.urls")),
    path("setup/", include("redflower.faces.setup_site.urls")),
    path("api/", include("redflower.faces.public_api.urls")),
    path("demo/", include("redflower.faces.demo.urls")),
]

handler400 = "redflower.faces.shared.views.bad_request"
handler403 = "redflower.faces.shared.views.permission_denied"
handler404 = "redflower.faces.shared.views.not_found"
handler500 = "redflower.faces.shared.views.server_error"
