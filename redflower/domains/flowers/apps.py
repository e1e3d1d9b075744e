from django.apps import AppConfig


class FlowersConfig(AppConfig):
    name = "redflower.domains.flowers"
    label = "flowers"
