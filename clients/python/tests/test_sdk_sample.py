import importlib
import sys
import unittest
from types import ModuleType, SimpleNamespace
from unittest import mock


class Config:
    """Stand-in for that of alibabacloud_tea_openapi, by the fields in its sources."""

    def __init__(self, credential=None, endpoint=None):
        self.credential, self.endpoint = credential, endpoint
        self.connect_timeout = self.read_timeout = None


class Client:
    """Stand-in for that of alibabacloud_kms20160120."""

    def __init__(self, config):
        assert config.credential is not None and config.read_timeout == config.connect_timeout == 2_000

    def get_secret_value(self, request):
        return SimpleNamespace(body=SimpleNamespace(secret_data=f"{request.secret_name} of {request}"))


class GetSecretValueRequest:
    def __init__(self, secret_name=None):
        self.secret_name = secret_name

    def __str__(self):
        return "ACSCurrent"


def module(name, **things):
    made = ModuleType(name)
    vars(made).update(things)
    return made


STAND_INS = {
    "alibabacloud_credentials.client": {"Client": SimpleNamespace},
    "alibabacloud_kms20160120.client": {"Client": Client},
    "alibabacloud_kms20160120.models": {"GetSecretValueRequest": GetSecretValueRequest},
    "alibabacloud_tea_openapi.models": {"Config": Config},
}


class SdkSample(unittest.TestCase):
    def test_the_sample_with_stand_ins_for_the_sdk(self):
        modules = {name: module(name, **things) for name, things in STAND_INS.items()}
        modules.update({name.split(".")[0]: module(name.split(".")[0]) for name in STAND_INS})
        with mock.patch.dict(sys.modules, modules):
            text = importlib.import_module("examples.read_secret").read_secret()
        self.assertEqual(text, "live/snapshot-callback/default of ACSCurrent")
