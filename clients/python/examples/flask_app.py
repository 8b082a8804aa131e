"""A receiver in Flask. Run it with `gunicorn -w 4 --threads 8 'flask_app:production()'`."""

from flask import Flask, Response, request

from live_key_receiver import KeysetCache, Verifier, admit


def create_app(verifier: Verifier, store) -> Flask:
    app = Flask(__name__)

    @app.post("/live/snapshot")
    def snapshot():
        answer, callback = admit(verifier, request.headers)
        if answer is not None:
            return Response(status=answer.status, headers=answer.headers)
        if callback.verdict == "accepted":
            store(request.get_json(force=True))
        else:
            # Signed with a leaked key: genuine or forged. Keep it aside, or confirm it by other means.
            app.logger.warning("quarantined: kid %s", callback.kid)
        return ""

    return app


def production() -> Flask:
    from read_secret import read_secret

    return create_app(Verifier(KeysetCache(read_secret), host="hooks.example.com"), store=print)
