from django.urls import path

from redflower.faces.scene_site.views import index, links, scene, screen, team

urlpatterns = [
    path("links/", links.mine, name="links"),
    path("links/new", links.new, name="link_new"),
    path("links/<uuid:link_id>/end", links.end, name="link_end"),
    path("scenes", index.scenes, name="scenes"),
    path("scenes/<slug:slug>", scene.scene, name="scene"),
    path("scenes/<slug:slug>/token", scene.token, name="scene_token"),
    path("scenes/<slug:slug>/do", scene.do, name="scene_do"),
    path("scenes/<slug:slug>/place", scene.placement, name="scene_place"),
    path("scenes/<slug:slug>/screen/<slug:event>", screen.screen, name="scene_screen"),
    path("scenes/<slug:slug>/screen/<slug:event>/code", screen.screen_code, name="scene_screen_code"),
    path("scenes/<slug:slug>/teams", team.open_, name="scene_open_team"),
    path("scenes/<slug:slug>/teams/<uuid:team_id>", team.team, name="scene_team"),
    path("scenes/<slug:slug>/teams/<uuid:team_id>/card.png", team.share_card, name="scene_team_card"),
    path("scenes/<slug:slug>/teams/<uuid:team_id>/join", team.join, name="scene_join_team"),
    path("scenes/<slug:slug>/teams/<uuid:team_id>/give", team.give, name="scene_give_team"),
]
