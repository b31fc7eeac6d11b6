"""Terraform files, read into plain data: every mistake is told at once, with its place."""
