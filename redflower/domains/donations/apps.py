from django.apps import AppConfig


class DonationsConfig(AppConfig):
    name = "redflower.domains.donations"
    label = "donations"
