from django.urls import path

from redflower.faces.demo import views

urlpatterns = [
    path("mail", views.inbox, name="demo_inbox"),
    path("gallery", views.gallery, name="demo_gallery"),
]
