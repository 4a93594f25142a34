"""PROM: patients answer a short survey by text, nurses are told, coordinators download tidy files."""
