"""What only a demo shows."""

import pytest
from django.core.mail import EmailMessage
from django.core.mail.backends.filebased import EmailBackend

from redflower.domains.people.services import name_site

pytestmark = pytest.mark.django_db


@pytest.fixture
def letters(settings, tmp_path):
    settings.EMAIL_FILE_PATH = tmp_path
    with EmailBackend(file_path=tmp_path) as backend:
        for number in ("111222", "333444"):
            letter = EmailMessage(
                f"<b>{number}</b> 验证码", f"你好\n\n    {number}\n\n十分钟内有效", "a@b.test", ["who@b.test"]
            )
            backend.send_messages([letter])


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_inbox_shows_codes_and_escapes_what_letters_say(client, letters, language):
    page = client.get("/demo/mail", headers={"Accept-Language": language})
    text = page.content.decode()
    assert "111222" in text and "333444" in text
    assert "<b>" not in text


def test_an_empty_inbox_says_how_to_fill_it(client, settings, tmp_path):
    settings.EMAIL_FILE_PATH = tmp_path
    assert "还没有信" in client.get("/demo/mail").content.decode()


@pytest.mark.parametrize("path", ["/demo/mail", "/demo/gallery"])
def test_outside_a_demo_there_is_neither(client, settings, path):
    name_site("测试", "Test", ["zh-hans", "en"], True)
    settings.REDFLOWER_DEMO = False
    assert client.get(path).status_code == 404


def test_the_gallery_draws_every_component(client):
    assert client.get("/demo/gallery").status_code == 200
