"""The log: what happened, appended in the transaction that made it so, chained, and never changed.

Front door: log.append, seal.seal, verify.run, sentences.sentence, event_schema.body.
May import: core, models.
"""
