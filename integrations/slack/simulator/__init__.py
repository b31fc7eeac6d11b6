"""A Slack workspace on this machine: the parts of the Web API that are used, signed deliveries, faults, and a page."""

from integrations.slack.simulator.simulator import SlackSimulator

__all__ = ["SlackSimulator"]
