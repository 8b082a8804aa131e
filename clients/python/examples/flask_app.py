"""A receiver in Flask. Run it with `gunicorn -w 4 --threads 8 'flask_app:production()'`."""

from flask import Flask, Response, request

from live_key_receiver import KeysetCache, Verifier, admit


def create_app(verifier, store):
    app = Flask(__name__)

    @app.post("/live/snapshot")
    def snapshot():
        answer, callback = admit(verifier, request.headers)
        if callback is None:
            return Response(status=answer.status, headers=answer.headers)
        if callback.verdict == "accepted":
            store(request.get_json())
        else:
            # Signed with a key that has leaked: genuine or forged. Keep it aside, or confirm it by other means.
            app.logger.warning("quarantined: kid %s", callback.kid)
        return ""

    return app


def read_secret():
    """One GetSecretValue of ACSCurrent, with Alibaba Cloud's SDK V2.0: pip install alibabacloud_kms20160120."""
    from alibabacloud_credentials.client import Client as Credentials
    from alibabacloud_kms20160120.client import Client
    from alibabacloud_kms20160120.models import GetSecretValueRequest
    from alibabacloud_tea_openapi.models import Config

    config = Config(credential=Credentials(), endpoint="kms.cn-shanghai.aliyuncs.com")
    config.connect_timeout = config.read_timeout = 2_000
    request = GetSecretValueRequest(secret_name="live/snapshot-callback/default")
    return Client(config).get_secret_value(request).body.secret_data


def production():
    verifier = Verifier(KeysetCache(read_secret), host="hooks.example.com")
    return create_app(verifier, store=print)
