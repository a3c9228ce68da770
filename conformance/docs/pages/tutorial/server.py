"""A media upload server in one file. Usage: python server.py PORT [SECONDS]."""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote
from uuid import uuid4

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

CALLERS = {"Bearer token-of-ada": "ada", "Bearer token-of-bob": "bob"}
TYPES = {"image/png", "image/jpeg", "image/webp", "video/mp4", "video/quicktime"}
PORT = int(sys.argv[1])
SECONDS = int(sys.argv[2]) if len(sys.argv) > 2 else 900

STORE = json.loads(Path("store.json").read_text())
S3 = boto3.client(
    "s3",
    endpoint_url=STORE["s3_endpoint"],
    aws_access_key_id=STORE["s3_access_key"],
    aws_secret_access_key=STORE["s3_secret_key"],
    region_name="us-east-1",
    config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        caller = CALLERS.get(self.headers.get("Authorization"))
        if self.path != "/api/posts/media/upload":
            return self.refuse(404, "Not found")
        if caller is None:
            return self.refuse(401, "Unauthorized")
        try:
            content_type = json.loads(body)["contentType"]
        except (ValueError, KeyError, TypeError, RecursionError):
            return self.refuse(400, "Invalid media type")
        if content_type not in TYPES:
            return self.refuse(400, "Invalid media type")
        return self.answer_json(200, "Upload URL generated", self.upload(caller, content_type))

    def upload(self, caller, content_type):
        key = f"posts/{caller}/{uuid4()}"
        put = {"Bucket": STORE["bucket"], "Key": key, "ContentType": content_type}
        return {
            "uploadUrl": S3.generate_presigned_url("put_object", put, ExpiresIn=SECONDS),
            "s3Url": f"http://{self.headers['Host']}/cdn/{key}",
            "s3Key": key,
            "contentType": content_type,
        }

    def do_GET(self):
        """What a CDN would do: give the object to everybody."""
        try:
            key = unquote(self.path).removeprefix("/cdn/")
            stored = S3.get_object(Bucket=STORE["bucket"], Key=key)
        except ClientError:
            return self.refuse(404, "Not found")
        return self.answer(200, stored["ContentType"], stored["Body"].read())

    def refuse(self, status, message):
        self.answer_json(status, message, None)

    def answer_json(self, status, message, data):
        answer = {"success": status < 400, "message": message, "data": data}
        self.answer(status, "application/json", json.dumps(answer).encode())

    def answer(self, status, content_type, body):
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Stay quiet: the kit reports what matters."""


class Server(ThreadingHTTPServer):
    request_queue_size = 128  # with the usual 5, clients that come together are turned away


Server(("127.0.0.1", PORT), Handler).serve_forever()
