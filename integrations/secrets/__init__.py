"""Secrets: where a credential comes from, and how one is kept. Its value is in no page, log line, error or export.

secret   the text itself, which does not show itself
places   read one: from the environment, a file, AWS, or our own database
sealed   encrypt one for our own database
aws      AWS Secrets Manager
"""

from integrations.secrets.places import resolve
from integrations.secrets.sealed import seal, unseal
from integrations.secrets.secret import Secret, SecretUnavailable, credential_fingerprint

__all__ = ["Secret", "SecretUnavailable", "credential_fingerprint", "resolve", "seal", "unseal"]
