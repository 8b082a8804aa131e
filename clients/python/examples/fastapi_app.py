"""A receiver in FastAPI. Run it with `uvicorn --workers 4 --factory fastapi_app:production`."""

import logging

from fastapi import FastAPI, Request, Response

from live_key_receiver import Answer, KeysetCache, Verifier, admit_async

log = logging.getLogger(__name__)


def create_app(verifier: Verifier, store) -> FastAPI:
    app = FastAPI()

    @app.post("/live/snapshot")
    async def snapshot(request: Request) -> Response:
        result = await admit_async(verifier, request.headers)
        if isinstance(result, Answer):
            return Response(status_code=result.status, headers=result.headers)
        if result.verdict == "accepted":
            store(await request.json())
        else:
            # Signed with a leaked key: genuine or forged. Set it aside, or confirm it by other means.
            log.warning("quarantined: kid %s", result.kid)
        return Response()

    return app


def production() -> FastAPI:
    from read_secret import read_secret

    return create_app(Verifier(KeysetCache(read_secret), host="hooks.example.com"), store=print)
