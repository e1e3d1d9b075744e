from django.apps import AppConfig


class DreamsConfig(AppConfig):
    name = "redflower.domains.dreams"
    label = "dreams"
