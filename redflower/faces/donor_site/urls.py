"""The addresses of the public pages; the giving journey has its own file."""

from django.urls import include, path

from redflower.faces.donor_site.views import (
    about,
    bonus,
    charity,
    festival,
    home,
    how_matching,
    ledger,
    project,
    projects,
    public_log,
    pwa,
)

urlpatterns = [
    path("", include("redflower.faces.donor_site.urls_journey")),
    path("", home.home, name="home"),
    path("live/home", home.home_live, name="home_live"),
    path("live/feed", home.feed_live, name="feed_live"),
    path("projects", projects.projects, name="projects"),
    path("projects/<slug:slug>", project.project, name="project"),
    path("projects/<slug:slug>/live", project.project_live, name="project_live"),
    path("projects/<slug:slug>/card.png", project.share_card, name="share_card"),
    path("projects/<slug:slug>/ledger", ledger.project_ledger, name="project_ledger"),
    path("projects/<slug:slug>/ledger.csv", ledger.ledger_file, name="ledger_file"),
    path("ledger", public_log.public_log, name="public_log"),
    path("ledger/live", public_log.public_log_live, name="public_log_live"),
    path("charities", charity.charities, name="charities"),
    path("charities/<slug:slug>", charity.charity, name="charity"),
    path("festivals", festival.festivals, name="festivals"),
    path("festivals/how", how_matching.how_matching, name="how_matching"),
    path("festivals/<slug:slug>", festival.festival, name="festival"),
    path("festivals/<slug:slug>/bonus/<slug:project_slug>", bonus.bonus, name="bonus"),
    path("festivals/<slug:slug>/live", festival.festival_live, name="festival_live"),
    path("about", about.about, name="about"),
    path("offline", pwa.offline, name="offline"),
    path("manifest.webmanifest", pwa.manifest, name="manifest"),
    path("sw.js", pwa.service_worker, name="service_worker"),
    path("robots.txt", pwa.robots, name="robots"),
    path("favicon.ico", pwa.favicon, name="favicon"),
]
