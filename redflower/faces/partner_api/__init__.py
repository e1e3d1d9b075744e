"""What partner apps meet: signed requests, user tokens, webhooks, the widget, their console."""
