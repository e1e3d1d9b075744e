"""Django-aware machinery without a business word: transactions, events, the embedded database, search tokens."""
