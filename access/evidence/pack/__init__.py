"""The evidence pack: what proves one request, or all of a person, a target or a period, as one zip.

Front door: pack.stream. Other rooms add what they know of a request with parts.add.
"""
