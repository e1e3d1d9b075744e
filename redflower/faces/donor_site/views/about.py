"""How it works, told to people."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def about(request: HttpRequest) -> HttpResponse:
    """What a flower is, how a gift travels, and how anybody can check."""
    return render(request, "donor_site/about.html")
