"""The example for Flask, for the story that all languages are put through."""

from flask import g

from examples.flask_app import create_app

from . import story


def store(snapshot):
    g.stored = snapshot


app = create_app(story.verifier(), store)


@app.after_request
def say_the_verdict(response):
    if response.status_code == 200:
        response.headers["X-Live-Key-Verdict"] = "accepted" if "stored" in g else "quarantined"
    return response
