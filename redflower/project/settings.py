"""Settings: everything an operator sets comes from the environment; everything else is decided here."""

import os
import secrets
from pathlib import Path

from csp.constants import NONE, SELF
from psycopg.conninfo import conninfo_to_dict

from redflower.plumbing.environment import read_environment

ROOT = Path(__file__).resolve().parents[2]
_environment = read_environment()  # what the engine's door, which has no settings, must know as well
REDFLOWER_DATA = _environment.data
REDFLOWER_LOG = REDFLOWER_DATA / "log"  # the public log's files; its key lies beside the folder
REDFLOWER_DEMO = _environment.is_demo
REDFLOWER_BASE_URL = _environment.base_url
REDFLOWER_SETUP_TOKEN = os.environ.get("REDFLOWER_SETUP_TOKEN", "")  # whoever sets an empty site up must give it
REDFLOWER_DEMO_PARTNER = os.environ.get("REDFLOWER_DEMO_PARTNER", "")  # where the demo's partner site is, if it runs
# Where this site's source code is, as its licence asks; shown in the footer of every page when it is set.
REDFLOWER_SOURCE_URL = os.environ.get("REDFLOWER_SOURCE_URL", "")
# What goes before a unified social credit code to make an organisation's identifier in IATI and 360Giving files.
# Relays of the public beacon drand, asked in this order; only pools that name a beacon need one.
REDFLOWER_DRAND_URLS = os.environ.get(
    "REDFLOWER_DRAND_URLS", "https://api.drand.sh https://drand.cloudflare.com"
).split()
REDFLOWER_ORG_ID_PREFIX = os.environ.get("REDFLOWER_ORG_ID_PREFIX", "CN-USCC")
REDFLOWER_SITE_NAME_ZH = "小红花公益"
REDFLOWER_SITE_NAME_EN = "Red Flower"
REDFLOWER_MERCHANT = _environment.merchant
# How many gifts one address may ask the API for in a minute; 0 sets no limit, so that a demo can simulate a crowd.
REDFLOWER_API_GIFTS_PER_MINUTE = _environment.gifts_per_minute
# How many reverse proxies of our own stand in front and add to X-Forwarded-For.
REDFLOWER_PROXIES = _environment.proxies

# Without a configured key, sessions and receipt links die with the process: fine for a test, never for a site;
# `redflower serve` always provides one, kept in the data folder.
SECRET_KEY = _environment.secret_key or secrets.token_urlsafe(50)
DEBUG = False
_https = REDFLOWER_BASE_URL.startswith("https://")
_host = REDFLOWER_BASE_URL.split("://", 1)[-1].split("/", 1)[0].rsplit(":", 1)[0]
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", "testserver", _host, *os.environ.get("REDFLOWER_HOSTS", "").split()]
CSRF_TRUSTED_ORIGINS = [REDFLOWER_BASE_URL]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "redflower.plumbing",
    "redflower.domains.people",
    "redflower.domains.ledger",
    "redflower.domains.organizations",
    "redflower.domains.projects",
    "redflower.domains.payments",
    "redflower.domains.scenes",
    "redflower.domains.partners",
    "redflower.domains.donations",
    "redflower.domains.festivals",
    "redflower.domains.flowers",
    "redflower.domains.dreams",
    "redflower.domains.disclosures",
    "redflower.domains.proofs",
    "redflower.domains.insights",
    "redflower.faces.shared",
    "redflower.faces.donor_site",
    "redflower.faces.proof_site",
    "redflower.faces.dream_site",
    "redflower.faces.flower_site",
    "redflower.faces.scene_site",
    "redflower.faces.partner_api",
    "redflower.faces.accounts_site",
    "redflower.faces.backoffice",
    "redflower.faces.sandbox_site",
    "redflower.faces.setup_site",
    "redflower.faces.public_api",
    "redflower.faces.demo",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # pads at random, so that its length tells nothing about a form's token
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "redflower.faces.shared.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "redflower.faces.setup_site.middleware.SetupMiddleware",
    "redflower.faces.shared.middleware.RefusalMiddleware",
]

ROOT_URLCONF = "redflower.project.urls"
WSGI_APPLICATION = "redflower.project.wsgi.application"

_context_processors = [
    "django.template.context_processors.request",
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
    "redflower.faces.shared.context.site",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "APP_DIRS": True,
        "OPTIONS": {
            "environment": "redflower.faces.shared.jinja.environment",
            "context_processors": _context_processors,
        },
    },
    {  # allauth's e-mails and the few of its pages that are not ours
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": _context_processors},
    },
]


def _database(url: str) -> dict[str, object]:
    parts = conninfo_to_dict(url)
    own = {key: parts.pop(key, "") for key in ("dbname", "user", "password", "host", "port")}
    # The owner migrates; everything else acts as the role that cannot change the past (plumbing/append_only.py).
    role = _environment.db_role
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": own["dbname"] or "redflower",
        "USER": own["user"],
        "PASSWORD": own["password"],
        "HOST": own["host"],
        "PORT": str(own["port"]),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": True,
        # Whatever else the address says (sslmode, target_session_attrs …) is the driver's to read.
        "OPTIONS": parts | ({"assume_role": role} if role else {}),
    }


DATABASES = {"default": _database(_environment.dsn)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/me"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_FORMAT = {"numeric": True, "length": 6, "dashed": False}
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
# Three guesses a code, twelve codes an hour and address: guessing six digits takes years, and nobody's mailbox is flooded.
ACCOUNT_RATE_LIMITS = {"request_login_code": "20/m/ip,3/m/key,12/h/key"}
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_ADAPTER = "redflower.faces.accounts_site.adapter.AccountAdapter"
MFA_ADAPTER = "redflower.faces.accounts_site.adapter.PasskeyAdapter"
MFA_SUPPORTED_TYPES = ["webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_PASSKEY_SIGNUP_ENABLED = False
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not _https
EMAIL_BACKEND = os.environ.get(
    "REDFLOWER_EMAIL_BACKEND",
    "django.core.mail.backends.filebased.EmailBackend"
    if REDFLOWER_DEMO
    else "django.core.mail.backends.smtp.EmailBackend",
)
EMAIL_FILE_PATH = REDFLOWER_DATA / "mail"
EMAIL_HOST = os.environ.get("REDFLOWER_SMTP_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("REDFLOWER_SMTP_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("REDFLOWER_SMTP_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("REDFLOWER_SMTP_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("REDFLOWER_SMTP_TLS", "0") == "1"
DEFAULT_FROM_EMAIL = os.environ.get("REDFLOWER_EMAIL_FROM", "no-reply@localhost")

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]  # each in its own language
LANGUAGE_COOKIE_NAME = "rf_language"
LANGUAGE_COOKIE_SAMESITE = "Lax"
# Catalogues of packages that are no Django apps.
LOCALE_PATHS = [ROOT / "redflower" / folder / "locale" for folder in ("adapters", "engine", "faces/commands", "kernel")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = _environment.zone

STATIC_URL = "/static/"
STATIC_ROOT = REDFLOWER_DATA / "static"
_collected = (STATIC_ROOT / "staticfiles.json").exists()  # `redflower migrate` collects; tests serve from the sources
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if _collected
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not _collected

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_NAME = "rf_session"
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = _https
CSRF_COOKIE_NAME = "rf_csrf"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = _https
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "redflower.faces.shared.views.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
SECURE_SSL_REDIRECT = False
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _https else None
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "script-src": [SELF],
        "style-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"redflower": {"level": "INFO"}},
}
