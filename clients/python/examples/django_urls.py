"""A receiver in Django: a URLconf. CSRF protection would refuse every callback, so the view is exempt."""

import json
import logging

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from live_key_receiver import Answer, Verifier, admit

log = logging.getLogger(__name__)


def urls(verifier: Verifier, store):
    @csrf_exempt
    @require_POST
    def snapshot(request: HttpRequest) -> HttpResponse:
        result = admit(verifier, request.headers)
        if isinstance(result, Answer):
            return HttpResponse(status=result.status, headers=result.headers)
        if result.verdict == "accepted":
            store(json.loads(request.body))
        else:
            # Signed with a leaked key: genuine or forged. Set it aside, or confirm it by other means.
            log.warning("quarantined: kid %s", result.kid)
        return HttpResponse()

    return [path("live/snapshot", snapshot)]
