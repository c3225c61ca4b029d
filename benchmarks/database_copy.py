"""Times `database copy` to a PostgreSQL server and back, for a catalogue of many files.

    python benchmarks/database_copy.py URL [--files 1000000] [--keep FOLDER]

URL is that of an empty database. The rows are those of library_search.py, whose --keep FOLDER can
be used again. Each copy compares all rows; at the end the file that came back is compared with the
first one table by table.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from contextlib import closing
from pathlib import Path

from comicmaintainer.database import SqliteDatabase
from comicmaintainer.database.opening import open_server
from comicmaintainer.database.postgresql import copying
from comicmaintainer.database.row_counts import row_counts
from comicmaintainer.library.catalogue.catalogue import Catalogue
from library_search import fill


def say(table: str, rows: int) -> None:
    if rows:
        print(f"  {table:20} {rows:>10}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", help="an empty database")
    parser.add_argument("--files", type=int, default=1_000_000)
    parser.add_argument("--keep", type=Path, help="use (and keep) the catalogue in this folder")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        path = (arguments.keep or Path(temporary)) / f"library-{arguments.files}.db"
        is_new = not path.exists()
        file, back = SqliteDatabase(path), SqliteDatabase(Path(temporary) / "back.db")
        with (
            closing(file),
            closing(back),
            closing(open_server(arguments.url, path.parent)) as server,
        ):
            catalogue = Catalogue(file, now=time.time)
            if is_new:
                print(f"filled {arguments.files} rows in {fill(catalogue, arguments.files):.1f} s")
            began = time.perf_counter()
            copying.to_server(file, server, catalogue.search_documents(), say)
            there = time.perf_counter()
            documents = Catalogue(server, now=time.time).search_documents()
            copying.from_server(server, back, documents, say)
            home = time.perf_counter()
            print(f"to the server {there - began:.0f} s, back {home - there:.0f} s")
            counts = row_counts(file)
            assert counts == row_counts(back), "tables have other numbers of rows"
            with back.exclusive_connection() as connection:
                connection.execute("ATTACH ? AS first", (str(path),))
                for table in counts:
                    one, other = f'SELECT * FROM "{table}"', f'SELECT * FROM first."{table}"'
                    for query in (f"{one} EXCEPT {other}", f"{other} EXCEPT {one}"):
                        assert connection.execute(query).fetchone() is None, table
            print(f"{sum(counts.values())} rows are the same after both ways")


if __name__ == "__main__":
    main()
