"""The addresses of a person's own flowers."""

from django.urls import path

from redflower.faces.flower_site.views import flowers, letters, year

urlpatterns = [
    path("flowers", flowers.flowers, name="flowers"),
    path("flowers/letters", letters.letters, name="letters"),
    path("flowers/letters/mail", letters.mail, name="letters_mail"),
    path("flowers/letters/<uuid:letter_id>", letters.letter, name="letter"),
    path("flowers/year/<int:year>", year.review, name="flower_year"),
    path("flowers/year/<int:year>.png", year.photo, name="flower_year_photo"),
    path("flowers/year/<int:year>.svg", year.picture, name="flower_year_picture"),
]
