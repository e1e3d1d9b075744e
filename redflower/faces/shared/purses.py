"""Whose flowers a visitor may see and give: theirs here, and theirs in partners' apps where they have said so."""

from uuid import UUID

from django.http import HttpRequest

from redflower.domains.flowers.selectors import list_donors_of_person
from redflower.faces.shared.donor_cookie import donors_of


def purses_of(request: HttpRequest) -> list[UUID]:
    """Every donor whose flowers are this visitor's: as `donors_of`, then those they are in partners' apps."""
    donors = donors_of(request)
    return list_donors_of_person(donors) if donors else []
