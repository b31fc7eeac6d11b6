"""The further questions of a flow, read from its rows, and judged as they are set."""
