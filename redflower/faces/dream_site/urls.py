"""The addresses of dreams; words come before slugs, which are ten characters nobody chose."""

from django.urls import path

from redflower.faces.dream_site.views import dream, garden, propose

urlpatterns = [
    path("dreams", garden.garden, name="dreams"),
    path("dreams/live", garden.garden_live, name="dreams_live"),
    path("dreams/archive", garden.archive, name="dreams_archive"),
    path("dreams/shortlist/<slug:slug>", garden.shortlist, name="dreams_shortlist"),
    path("dreams/propose", propose.propose, name="dreams_propose"),
    path("dreams/mine", propose.mine, name="dreams_mine"),
    path("dreams/mine/<slug:token>", propose.author, name="dreams_author"),
    path("dreams/mine/<slug:token>/write", propose.write, name="dreams_write"),
    path("dreams/mine/<slug:token>/submit", propose.submit, name="dreams_submit"),
    path("dreams/mine/<slug:token>/withdraw", propose.withdraw, name="dreams_withdraw"),
    path("dreams/mine/<slug:token>/letter", propose.letter, name="dreams_letter"),
    path("dreams/rally/<uuid:rally_id>", dream.rally, name="dreams_rally"),
    path("dreams/<slug:slug>", dream.dream, name="dream"),
    path("dreams/<slug:slug>/live", dream.dream_live, name="dream_live"),
    path("dreams/<slug:slug>/card.png", dream.share_card, name="dream_card"),
    path("dreams/<slug:slug>/give", dream.give, name="dream_give"),
    path("dreams/<slug:slug>/take-back", dream.take_back, name="dream_take_back"),
    path("dreams/<slug:slug>/rally", dream.make_rally, name="dream_make_rally"),
]
