"""A report on how MDM is set up, written for MDM 1.x."""

from mdm.config import get_config


def storage():
    """Return the backend, and how SQLite keeps its journal."""
    database = get_config().get("database", {})
    return database.get("backend", "sqlite").lower(), database["sqlite"]["journal_mode"].upper()


class Report:
    """The lines of the report."""

    def __init__(self):
        self.config = get_config()

    def lines(self):
        """Return the report."""
        title = self.config["reporting"]["title"]  # ours
        rows = self.config.get("batch_size", 10000)
        size = self.config["logging"]["max_bytes"] // 1024**2
        return [
            f"{title}: {rows} rows with {self.config['performance']['max_workers']} workers",
            f"log: {self.config.get('log_level').upper()}, {size} MiB",
        ]


if __name__ == "__main__":
    print(*storage(), *Report().lines(), sep="\n")
