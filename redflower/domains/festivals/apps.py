from django.apps import AppConfig


class FestivalsConfig(AppConfig):
    name = "redflower.domains.festivals"
    label = "festivals"
