"""Where an index is kept: one module a store, each fitting ``qa.protocols.Store``."""
