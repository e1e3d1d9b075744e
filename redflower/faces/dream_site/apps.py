from django.apps import AppConfig


class DreamSiteConfig(AppConfig):
    name = "redflower.faces.dream_site"
    label = "dream_site"
