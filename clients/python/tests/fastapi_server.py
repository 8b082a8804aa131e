"""The example for FastAPI, for the story that all languages are put through."""

from contextvars import ContextVar

from examples.fastapi_app import create_app

from . import story

stored: ContextVar = ContextVar("stored")


def store(snapshot):
    stored.get().append(snapshot)


class SayTheVerdict:
    """ASGI middleware."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        own = []
        stored.set(own)

        async def say(message):
            if message["type"] == "http.response.start" and message["status"] == 200:
                verdict = b"accepted" if own else b"quarantined"
                message = {**message, "headers": [*message["headers"], (b"x-live-key-verdict", verdict)]}
            await send(message)

        await self.app(scope, receive, say)


app = SayTheVerdict(create_app(story.verifier(), store))
