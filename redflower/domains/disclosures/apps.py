from django.apps import AppConfig


class DisclosuresConfig(AppConfig):
    name = "redflower.domains.disclosures"
    label = "disclosures"
