from django.urls import path

from redflower.faces.shared import views

urlpatterns = [
    path("livez", views.livez, name="livez"),
    path("readyz", views.readyz, name="readyz"),
    path("language", views.set_language, name="set_language"),
    path("pictures/<slug:motif>-<slug:palette>-<int:seed>.svg", views.picture, name="picture"),
]
