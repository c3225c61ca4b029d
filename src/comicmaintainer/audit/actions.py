"""What the audit list records, and its words.

Secrets never get into an entry: of a source only the names of what was changed are recorded.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Action(StrEnum):
    """What somebody did. The names are stored."""

    SIGN_IN = "sign_in"
    SIGN_IN_FAILED = "sign_in_failed"
    USER_ADDED = "user_added"
    USER_REMOVED = "user_removed"
    USER_DISABLED = "user_disabled"
    USER_ENABLED = "user_enabled"
    USER_LINKED = "user_linked"
    USER_UNLINKED = "user_unlinked"
    LINK_REFUSED = "link_refused"
    ROLE_CHANGED = "role_changed"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - no password
    KEY_ADDED = "key_added"
    KEY_ROLE_CHANGED = "key_role_changed"
    KEY_REMOVED = "key_removed"
    SETTING_CHANGED = "setting_changed"
    RULES_SAVED = "rules_saved"
    RULES_REMOVED = "rules_removed"
    FOLDER_RULES_SET = "folder_rules_set"
    FOLDER_PROTECTED = "folder_protected"
    FOLDER_RELEASED = "folder_released"
    ROOT_FORGOTTEN = "root_forgotten"
    SOURCE_CHANGED = "source_changed"
    WEBHOOK_ADDED = "webhook_added"
    WEBHOOK_CHANGED = "webhook_changed"
    WEBHOOK_REMOVED = "webhook_removed"
    DELIVERY_RETRIED = "delivery_retried"
    DELIVERY_SKIPPED = "delivery_skipped"
    SERVER_ADDED = "server_added"
    SERVER_CHANGED = "server_changed"
    SERVER_REMOVED = "server_removed"
    JOB_SUBMITTED = "job_submitted"
    JOB_CANCELLED = "job_cancelled"
    JOB_PAUSED = "job_paused"
    JOB_RESUMED = "job_resumed"
    JOB_RETRIED = "job_retried"
    JOB_REMOVED = "job_removed"
    SAVED_JOB_ADDED = "saved_job_added"
    SAVED_JOB_CHANGED = "saved_job_changed"
    SAVED_JOB_REMOVED = "saved_job_removed"
    SCHEDULE_ADDED = "schedule_added"
    SCHEDULE_CHANGED = "schedule_changed"
    SCHEDULE_REMOVED = "schedule_removed"
    TRASH_EMPTIED = "trash_emptied"
    BACKUP_MADE = "backup_made"
    BACKUP_TAKEN = "backup_taken"
    BACKUP_RESTORED = "backup_restored"
    EXPORTED = "exported"
    IMPORTED = "imported"


WORDS: Mapping[Action, str] = {
    Action.SIGN_IN: "signed in",
    Action.SIGN_IN_FAILED: "failed to sign in",
    Action.USER_ADDED: "added the user",
    Action.USER_REMOVED: "removed the user",
    Action.USER_DISABLED: "disabled the user",
    Action.USER_ENABLED: "enabled the user",
    Action.USER_LINKED: "linked the user",
    Action.USER_UNLINKED: "unlinked the user",
    Action.LINK_REFUSED: "failed to link the user",
    Action.ROLE_CHANGED: "changed the role of",
    Action.PASSWORD_CHANGED: "changed the password of",
    Action.KEY_ADDED: "created the key",
    Action.KEY_ROLE_CHANGED: "changed the role of the key",
    Action.KEY_REMOVED: "revoked the key",
    Action.SETTING_CHANGED: "changed the setting",
    Action.RULES_SAVED: "saved the rules",
    Action.RULES_REMOVED: "removed the rules",
    Action.FOLDER_RULES_SET: "set the rules of",
    Action.FOLDER_PROTECTED: "protected the folder",
    Action.FOLDER_RELEASED: "no longer protects the folder",
    Action.ROOT_FORGOTTEN: "forgot the folder",
    Action.SOURCE_CHANGED: "changed the source",
    Action.WEBHOOK_ADDED: "added the webhook",
    Action.WEBHOOK_CHANGED: "changed the webhook",
    Action.WEBHOOK_REMOVED: "removed the webhook",
    Action.DELIVERY_RETRIED: "retried a delivery to the webhook",
    Action.DELIVERY_SKIPPED: "skipped a delivery to the webhook",
    Action.SERVER_ADDED: "added the server",
    Action.SERVER_CHANGED: "changed the server",
    Action.SERVER_REMOVED: "removed the server",
    Action.JOB_SUBMITTED: "submitted the job",
    Action.JOB_CANCELLED: "cancelled the job",
    Action.JOB_PAUSED: "paused the job",
    Action.JOB_RESUMED: "resumed the job",
    Action.JOB_RETRIED: "retried failed items of the job",
    Action.JOB_REMOVED: "removed the job",
    Action.SAVED_JOB_ADDED: "saved the job",
    Action.SAVED_JOB_CHANGED: "changed the saved job",
    Action.SAVED_JOB_REMOVED: "removed the saved job",
    Action.SCHEDULE_ADDED: "added the schedule",
    Action.SCHEDULE_CHANGED: "changed the schedule",
    Action.SCHEDULE_REMOVED: "removed the schedule",
    Action.TRASH_EMPTIED: "emptied the trash",
    Action.BACKUP_MADE: "made the backup",
    Action.BACKUP_TAKEN: "downloaded the backup",
    Action.BACKUP_RESTORED: "restored the backup",
    Action.EXPORTED: "exported jobs",
    Action.IMPORTED: "imported jobs",
}
"""The middle of a sentence: who, these words, and the subject of the entry."""
