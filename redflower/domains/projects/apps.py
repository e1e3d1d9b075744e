from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "redflower.domains.projects"
    label = "projects"
