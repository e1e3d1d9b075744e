from django.apps import AppConfig


class AccountsSiteConfig(AppConfig):
    name = "redflower.faces.accounts_site"
    label = "accounts_site"
