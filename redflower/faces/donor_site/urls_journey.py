"""The addresses of the giving journey: calm-down page, giving, receipt, my gifts."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
