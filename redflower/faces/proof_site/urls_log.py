"""Where the public log is served; the formats give every name below `/log/`."""

from django.urls import path

from redflower.faces.proof_site.views import log

urlpatterns = [
    path("log/checkpoint", log.checkpoint, name="log_checkpoint"),
    path("log/key", log.key, name="log_key"),
    path("log/totals.json", log.totals, name="log_totals"),
    path("log/tile/<path:name>", log.tile, name="log_tile"),
]
