"""How the shipped models were made; needs the training data, see README.md."""
