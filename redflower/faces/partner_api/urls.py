"""The widget's and partners' addresses, and their console."""

from django.urls import path

from redflower.faces.partner_api import document, signed
from redflower.faces.partner_api.views import console, server, widget

urlpatterns = [
    path("widget/v1/red-flower.js", widget.module, name="widget_module"),
    path("api/partner/v1/openapi.json", document.openapi, name="partner_document"),
    path("api/partner/v1/deeds", signed.deeds, name="partner_deeds"),
    path("api/partner/v1/user-tokens", server.user_tokens, name="partner_user_tokens"),
    path("api/partner/v1/links", server.links, name="partner_links"),
    path("api/partner/v1/campaigns", server.campaigns, name="partner_campaigns"),
    path("api/partner/v1/widget/scenes/<slug:scene>", widget.scene),
    path("api/partner/v1/widget/deeds", widget.deeds),
    path("api/partner/v1/widget/flowers", widget.flowers),
    path("api/partner/v1/widget/placements", widget.placements),
    path("partners", console.partners, name="partners"),
    path("partners/<uuid:partner_id>/", console.overview, name="partner_overview"),
    path("partners/<uuid:partner_id>/keys/", console.keys, name="partner_keys"),
    path("partners/<uuid:partner_id>/keys/<uuid:key_id>/revoke", console.revoke, name="partner_revoke_key"),
    path("partners/<uuid:partner_id>/origins", console.origins, name="partner_origins"),
    path("partners/<uuid:partner_id>/webhooks/", console.webhooks, name="partner_webhooks"),
    path("partners/<uuid:partner_id>/webhooks/<uuid:message_id>/", console.message, name="partner_message"),
    path("partners/<uuid:partner_id>/start/", console.start, name="partner_start"),
]
