from django.urls import path

from redflower.faces.setup_site import views

urlpatterns = [
    path("", views.start, name="setup"),
    path("account/", views.account, name="setup_account"),
    path("site/", views.site, name="setup_site"),
    path("charity/", views.charity, name="setup_charity"),
    path("project/", views.project, name="setup_project"),
    path("finish/", views.finish, name="setup_finish"),
]
