"""The example for Django, for the story that all languages are put through."""

import os
from threading import local

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application

from examples.django_urls import urls

from . import story

stored = local()


def store(snapshot):
    stored.it = snapshot


def say_the_verdict(get_response):
    def respond(request):
        stored.it = None
        response = get_response(request)
        if response.status_code == 200:
            response["X-Live-Key-Verdict"] = "quarantined" if stored.it is None else "accepted"
        return response

    return respond


settings.configure(
    ALLOWED_HOSTS=[os.environ["HOST"]],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=[
        f"{__name__}.say_the_verdict",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
    ],
)
django.setup()
urlpatterns = urls(story.verifier(), store)
app = get_wsgi_application()
