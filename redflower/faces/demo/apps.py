from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "redflower.faces.demo"
    label = "demo"
