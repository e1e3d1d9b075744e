from django.apps import AppConfig


class DonorSiteConfig(AppConfig):
    name = "redflower.faces.donor_site"
    label = "donor_site"
