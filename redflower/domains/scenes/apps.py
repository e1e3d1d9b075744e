from django.apps import AppConfig


class ScenesConfig(AppConfig):
    name = "redflower.domains.scenes"
    label = "scenes"
