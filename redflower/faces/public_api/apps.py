from django.apps import AppConfig


class PublicApiConfig(AppConfig):
    name = "redflower.faces.public_api"
    label = "public_api"
