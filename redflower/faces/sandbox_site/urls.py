"""The provider's addresses."""

from django.urls import path

from redflower.faces.sandbox_site.views.pay import open_link, pay

app_name = "sandbox_site"
urlpatterns = [path("pay/<str:charge_id>", pay, name="pay"), path("link", open_link, name="link")]
