"""Filters and tags of the templates: times, states and people, told the same way everywhere."""
