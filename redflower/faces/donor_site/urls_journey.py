"""The donor's journey: think, give, thank you, mine; and the provider's notices about it."""

from django.urls import path

from redflower.faces.donor_site.views import calm, give, me, notices, thanks

urlpatterns = [
    path("projects/<slug:slug>/calm", calm.calm, name="calm"),
    path("projects/<slug:slug>/give", give.give, name="give"),
    path("g/<str:token>", thanks.gift, name="gift"),
    path("g/<str:token>/pay", thanks.pay, name="gift_pay"),
    path("me", me.me, name="me"),
    path("me/name", me.rename, name="me_name"),
    path("notices/sandbox", notices.sandbox_notice, name="sandbox_notice"),
    path("notices/sandbox/refunds", notices.sandbox_refund_notice, name="sandbox_refund_notice"),
]
