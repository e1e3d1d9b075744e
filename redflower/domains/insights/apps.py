from django.apps import AppConfig


class InsightsConfig(AppConfig):
    name = "redflower.domains.insights"
    label = "insights"
