"""One job of each kind over the drawn library."""

from __future__ import annotations

from comicmaintainer.library.journal import ChangeState
from tests.golden.scene import Scene


def do_each_kind(scene: Scene) -> dict[str, str]:
    """Run one job of each kind and return their ids by the kind's name."""
    library, ids = scene.library, {}
    tide, harbour = library / "Tide Warden", library / "Harbour"

    def run(kind: str, items: list[object], params: dict[str, object] | None = None) -> None:
        job = scene.run(kind, [str(item) for item in items], params)
        ids[kind] = job.job_id

    run("scan", [library])
    run("process", [tide / "Tide Warden 001 (2021).cbz", library / "Owl" / "Owl v01 c002.cbz"])
    run("tag", [tide / "four.cbz"], {"set": {"writer": "Ada Finch"}, "formats": ["metroninfo"]})
    run("rename", [tide / "Tide Warden 002 (2021).cbz"], {"to": "Second.cbz"})
    run("convert", [harbour / "Harbour 02 (2019).cbt"])
    run("verify", [harbour / "Harbour 02 (2019).cbz", harbour / "Harbour 03 (2019).cbz"])
    run("duplicates", [tide / "copy of 1.cbz"], {"action": "mark"})
    run("remove-pages", [tide / "Second.cbz"], {"pages": [1], "mode": "remove"})
    run("compact", [tide / "four.cbz"])
    run("rehearse", [tide / "Second.cbz"], {"folder": str(library / "trial"), "kind": "process"})
    run("delete", [harbour / "Harbour 02 (2019).cbz"], {"reason": "not wanted"})
    trashed = {entry.original_path: entry.trash_id for entry in scene.services.trash.entries()}
    run("restore", [trashed[min(trashed)]])
    written = scene.services.journal.changes_of_job(ids["process"], state=ChangeState.APPLIED)
    run("undo", [change.change_id for change in written])
    return ids
