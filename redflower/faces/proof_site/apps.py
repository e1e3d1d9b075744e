from django.apps import AppConfig


class ProofSiteConfig(AppConfig):
    name = "redflower.faces.proof_site"
    label = "proof_site"
