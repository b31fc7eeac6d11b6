"""An Aptible for development, tests and the demo: the Auth and the Deploy API over real HTTP, kept in memory.

It follows what Aptible's own public clients, documents and test stubs show. Where they don't tell, it is
strict, and the faults in `faults.py` switch the other way.
"""

from integrations.aptible.simulator.simulator import Simulator

__all__ = ["Simulator"]
