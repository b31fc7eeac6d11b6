"""How dates are written, a module a language."""
