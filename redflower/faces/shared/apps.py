from django.apps import AppConfig


class SharedConfig(AppConfig):
    name = "redflower.faces.shared"
    label = "shared"
