from django.apps import AppConfig


class BackofficeConfig(AppConfig):
    name = "redflower.faces.backoffice"
    label = "backoffice"
