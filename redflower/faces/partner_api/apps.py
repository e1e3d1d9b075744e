from django.apps import AppConfig


class PartnerApiConfig(AppConfig):
    name = "redflower.faces.partner_api"
    label = "partner_api"
