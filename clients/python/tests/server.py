"""A receiver for the story that all languages are put through, with the threads of http.server."""

import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from live_key_receiver import Answer, admit

from . import story

verifier = story.verifier()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        result = admit(verifier, self.headers)
        if isinstance(result, Answer):
            self.answer(result.status, result.headers)
        else:
            self.answer(200, {"X-Live-Key-Verdict": result.verdict})

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
