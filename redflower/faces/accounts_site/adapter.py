"""How allauth meets our people: who is saved, and when they joined."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from redflower.kernel import clock


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Saves users with the time they joined."""

    def new_user(self, request: HttpRequest) -> Any:
        user = super().new_user(request)
        user.created_at = clock.now()
        return user
