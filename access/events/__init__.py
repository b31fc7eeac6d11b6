"""Tell the outside what is in the log: webhooks, and a file of JSON lines."""
