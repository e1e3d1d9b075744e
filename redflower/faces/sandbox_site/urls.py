"""The provider's addresses."""

from django.urls import path

from redflower.faces.sandbox_site.views.pay import pay

app_name = "sandbox_site"
urlpatterns = [path("pay/<str:charge_id>", pay, name="pay")]
