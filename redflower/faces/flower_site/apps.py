from django.apps import AppConfig


class FlowerSiteConfig(AppConfig):
    name = "redflower.faces.flower_site"
    label = "flower_site"
