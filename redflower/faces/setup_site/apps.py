from django.apps import AppConfig


class SetupSiteConfig(AppConfig):
    name = "redflower.faces.setup_site"
    label = "setup_site"
