from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "redflower.domains.ledger"
    label = "ledger"
