"""What the guide asks."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as lazy


class AccountForm(forms.Form):
    """The first operator."""

    email = forms.EmailField(label=lazy("你的邮箱"), help_text=lazy("以后用它收验证码登录"), max_length=254)
    token = forms.CharField(
        label=lazy("设置口令"), help_text=lazy("启动网站的终端里显示过，只能用这一次"), required=False, max_length=200
    )


class SiteForm(forms.Form):
    """The site's own name and languages."""

    name_zh = forms.CharField(label=lazy("站点名称（中文）"), max_length=40)
    name_en = forms.CharField(label=lazy("站点名称（英文）"), max_length=40)
    languages = forms.MultipleChoiceField(label=lazy("提供哪些语言"), choices=settings.LANGUAGES)
    default = forms.ChoiceField(label=lazy("访客没有选择时，用哪一种"), choices=settings.LANGUAGES)

    def ordered_languages(self) -> list[str]:
        """The languages offered, the default one first.

        Needs: a valid form.
        """
        chosen, default = self.cleaned_data["languages"], self.cleaned_data["default"]
        return [default, *(code for code in chosen if code != default)]


class FinishForm(forms.Form):
    """The second person, whom every publication needs."""

    email = forms.EmailField(
        label=lazy("同事的邮箱"),
        help_text=lazy("对方用这个邮箱登录，就能进入后台复核"),
        required=False,
        max_length=254,
    )
