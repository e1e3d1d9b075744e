"""The pages, as a WSGI application: whole before workers are forked, so that nobody's first visit loads anything."""

import os

from django.core.wsgi import get_wsgi_application
from django.template.loader import get_template
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "redflower.project.settings")
application = get_wsgi_application()
_views = get_resolver().url_patterns  # Django imports them at the first request
_home = get_template("donor_site/home.html")  # and with it what every page is made of
