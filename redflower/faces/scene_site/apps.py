from django.apps import AppConfig


class SceneSiteConfig(AppConfig):
    name = "redflower.faces.scene_site"
    label = "scene_site"
