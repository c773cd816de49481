"""A real, weak model behind a real server, outside CI: ``make test-llm``."""
