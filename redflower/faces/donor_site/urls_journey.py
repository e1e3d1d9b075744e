"""The donor's journey: think, give, thank you, mine; and the provider's notices about it."""

from django.urls import path

from redflower.faces.donor_site.views import ask, calm, give, me, notices, refunds, thanks

urlpatterns = [
    path("projects/<slug:slug>/calm", calm.calm, name="calm"),
    path("projects/<slug:slug>/ask", ask.ask, name="ask"),
    path("projects/<slug:slug>/give", give.give, name="give"),
    path("g/<str:token>", thanks.gift, name="gift"),
    path("g/<str:token>/pay", thanks.pay, name="gift_pay"),
    path("g/<str:token>/refund", refunds.ask_one, name="gift_refund"),
    path("refunds/<str:token>", refunds.case, name="refund_case"),
    path("me/refund", refunds.ask_mine, name="me_refund"),
    path("me", me.me, name="me"),
    path("me/name", me.rename, name="me_name"),
    path("notices/sandbox", notices.sandbox_notice, name="sandbox_notice"),
    path("notices/sandbox/refunds", notices.sandbox_refund_notice, name="sandbox_refund_notice"),
]
