"""A Django project with django-whatsapp-api-wrapper in it, on a PostgreSQL database of its own."""

import os

import dj_database_url

SECRET_KEY = os.environ["SECRET_KEY"]
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "rest_framework",
    "django_whatsapp_api_wrapper",
]
ROOT_URLCONF = "benchmarks.receiving.wrapper.urls"
DATABASES = {"default": dict(dj_database_url.parse(os.environ["WRAPPER_DATABASE_URL"], conn_max_age=60))}
USE_TZ = True
REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": [], "DEFAULT_PERMISSION_CLASSES": []}
