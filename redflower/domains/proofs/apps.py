from django.apps import AppConfig


class ProofsConfig(AppConfig):
    name = "redflower.domains.proofs"
    label = "proofs"
