from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "redflower.domains.payments"
    label = "payments"
