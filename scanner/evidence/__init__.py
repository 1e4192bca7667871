"""Replies of devices, kept as proof: content-addressed, and without secrets."""

from scanner.evidence.redaction import without_secrets
from scanner.evidence.store import EvidenceSink, EvidenceStore, MemoryEvidence

__all__ = ["EvidenceSink", "EvidenceStore", "MemoryEvidence", "without_secrets"]
