"""A contract-conformance kit for media-upload APIs that hand out pre-signed S3 URLs."""

__version__ = "0.1.0"
