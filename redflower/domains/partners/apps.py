from django.apps import AppConfig


class PartnersConfig(AppConfig):
    name = "redflower.domains.partners"
    label = "partners"
