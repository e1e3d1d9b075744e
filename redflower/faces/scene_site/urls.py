from django.urls import path

from redflower.faces.scene_site.views import index, scene, screen

urlpatterns = [
    path("scenes", index.scenes, name="scenes"),
    path("scenes/<slug:slug>", scene.scene, name="scene"),
    path("scenes/<slug:slug>/token", scene.token, name="scene_token"),
    path("scenes/<slug:slug>/do", scene.do, name="scene_do"),
    path("scenes/<slug:slug>/place", scene.placement, name="scene_place"),
    path("scenes/<slug:slug>/screen/<slug:event>", screen.screen, name="scene_screen"),
    path("scenes/<slug:slug>/screen/<slug:event>/code", screen.screen_code, name="scene_screen_code"),
]
