"""Processes that cross a network: command, then adapter, then command. No transaction is open while a provider is asked."""
