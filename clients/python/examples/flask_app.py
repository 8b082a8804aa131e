"""A receiver in Flask. Run it with `gunicorn -w 4 --threads 8 'flask_app:production()'`."""

from flask import Flask, Response, request

from live_key_receiver import Answer, KeysetCache, Verifier, admit


def create_app(verifier: Verifier, store) -> Flask:
    app = Flask(__name__)

    @app.post("/live/snapshot")
    def snapshot():
        result = admit(verifier, request.headers)
        if isinstance(result, Answer):
            return Response(status=result.status, headers=result.headers)
        if result.verdict == "accepted":
            store(request.get_json(force=True))
        else:
            # Signed with a leaked key: genuine or forged. Set it aside, or confirm it by other means.
            app.logger.warning("quarantined: kid %s", result.kid)
        return ""

    return app


def production() -> Flask:
    from read_secret import read_secret

    return create_app(Verifier(KeysetCache(read_secret), host="hooks.example.com"), store=print)
