"""Findings become documents, all from one AuditView."""
