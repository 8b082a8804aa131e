"""A receiver for the story that all languages are put through, with the threads of http.server."""

import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from live_key_receiver import admit

from . import story

verifier = story.verifier()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answer, callback = admit(verifier, self.headers)
        if callback is not None:
            self.answer(200, {"X-Live-Key-Verdict": callback.verdict})
        else:
            self.answer(answer.status, answer.headers)

    def answer(self, status, headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


Server(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
