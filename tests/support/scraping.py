"""Reads the answer of `/metrics` as a Prometheus server does."""

from prometheus_client.parser import text_string_to_metric_families

TOKEN = "a token of the city's own"


class Scraped:
    """The samples of one answer."""

    def __init__(self, text: str) -> None:
        self.families = list(text_string_to_metric_families(text))

    def value(self, name: str, **labels: str) -> float | None:
        """Give the value of the sample with these labels among its own; `None` if there is none.

        Raises:
            ValueError: there are several.
        """
        found = [value for got, value in self.labelled(name) if labels.items() <= got.items()]
        if len(found) > 1:
            raise ValueError(f"{len(found)} samples of {name} have {labels}")
        return found[0] if found else None

    def labelled(self, name: str) -> list[tuple[dict[str, str], float]]:
        """Give the labels and values of all samples of a name."""
        return [
            (sample.labels, sample.value)
            for family in self.families
            for sample in family.samples
            if sample.name == name
        ]


def bearer(token: str = TOKEN) -> dict[str, str]:
    """Give the header that shows the token."""
    return {"Authorization": f"Bearer {token}"}
