from django.apps import AppConfig


class PlumbingConfig(AppConfig):
    name = "redflower.plumbing"
    label = "plumbing"
