"""Reads the secret with Alibaba Cloud's SDK V2.0: pip install alibabacloud_kms20160120."""

from alibabacloud_credentials.client import Client as Credentials
from alibabacloud_kms20160120.client import Client
from alibabacloud_kms20160120.models import GetSecretValueRequest
from alibabacloud_tea_openapi.models import Config


def read_secret() -> str:
    config = Config(credential=Credentials(), endpoint="kms.cn-shanghai.aliyuncs.com")
    config.connect_timeout = config.read_timeout = 2_000
    request = GetSecretValueRequest(secret_name="live/snapshot-callback/default")
    return Client(config).get_secret_value(request).body.secret_data
