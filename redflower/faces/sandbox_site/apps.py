from django.apps import AppConfig


class SandboxSiteConfig(AppConfig):
    name = "redflower.faces.sandbox_site"
    label = "sandbox_site"
