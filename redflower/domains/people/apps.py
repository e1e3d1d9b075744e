from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "redflower.domains.people"
    label = "people"
