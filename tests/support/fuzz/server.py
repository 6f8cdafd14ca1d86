"""`solvefirst serve` without what posts outside: the addresses of webhooks are made up here."""

from dataclasses import replace

from rich.console import Console

from solvefirst import serve

_assemble = serve.assemble


def main() -> int:
    """Serve the whole product but its push, which would look up whatever a fuzzer subscribes."""
    serve.assemble = lambda settings, only=None: replace(_assemble(settings, only), push=None)
    return serve.run(None, {}, Console())


if __name__ == "__main__":
    raise SystemExit(main())
