from django.apps import AppConfig


class OrganizationsConfig(AppConfig):
    name = "redflower.domains.organizations"
    label = "organizations"
