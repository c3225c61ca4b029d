-- Who hears of events: webhooks, which people add, and what the environment names (NOTIFY_URLS, EVENT_COMMAND).
-- `events` is a JSON list of types. One process at a time, the holder of the lease, sends to a receiver.
CREATE TABLE event_receivers (
    receiver_id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    name TEXT NOT NULL UNIQUE,
    url TEXT,
    secret TEXT,
    former_secret TEXT,
    former_until REAL,
    events TEXT NOT NULL,
    enabled INTEGER NOT NULL DEFAULT 1,
    stop_reason TEXT,
    failures INTEGER NOT NULL DEFAULT 0,
    next_try_at REAL NOT NULL DEFAULT 0,
    lease TEXT,
    lease_until REAL NOT NULL DEFAULT 0,
    created_at REAL NOT NULL,
    changed_at REAL NOT NULL
);
-- What has happened, written by the transaction in which it did, until the events are handed out to the receivers.
CREATE TABLE event_outbox (
    entry_id INTEGER PRIMARY KEY AUTOINCREMENT,
    topic TEXT NOT NULL,
    subject TEXT NOT NULL,
    details TEXT NOT NULL
);
-- An event on its way to one receiver. They go in the order of their ids.
CREATE TABLE event_deliveries (
    delivery_id INTEGER PRIMARY KEY AUTOINCREMENT,
    receiver_id INTEGER NOT NULL REFERENCES event_receivers(receiver_id) ON DELETE CASCADE,
    event_id TEXT NOT NULL,
    type TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting',
    attempts INTEGER NOT NULL DEFAULT 0,
    created_at REAL NOT NULL,
    give_up_at REAL NOT NULL,
    tried_at REAL,
    status INTEGER,
    answer TEXT,
    UNIQUE (receiver_id, event_id)
);
CREATE INDEX idx_event_deliveries_open ON event_deliveries(receiver_id, delivery_id)
    WHERE state IN ('waiting', 'sending');
CREATE INDEX idx_event_deliveries_state ON event_deliveries(state, delivery_id);
CREATE INDEX idx_event_deliveries_receiver ON event_deliveries(receiver_id, delivery_id);

-- Nothing is noted while nobody listens. `deleting` is 2 for a job that is being imported.
CREATE TRIGGER job_ended AFTER UPDATE OF status ON jobs
WHEN new.status IN ('completed', 'failed', 'cancelled')
    AND old.status NOT IN ('completed', 'failed', 'cancelled') AND old.deleting <> 2
BEGIN
    INSERT INTO event_outbox (topic, subject, details)
    SELECT 'job', new.job_id, json_object(
        'kind', new.kind, 'title', new.title, 'status', new.status, 'preview', new.preview,
        'trigger', new.trigger, 'total_items', new.total_items,
        'processed_items', coalesce(new.processed_items, 0), 'failed_items', new.failed_items,
        'error', new.error, 'created_at', new.created_at, 'started_at', new.started_at,
        'completed_at', new.completed_at)
    WHERE EXISTS (SELECT 1 FROM event_receivers WHERE enabled = 1);
END;
CREATE TRIGGER job_ended_at_once AFTER INSERT ON jobs
WHEN new.status = 'completed' AND new.imported = 0
BEGIN
    INSERT INTO event_outbox (topic, subject, details)
    SELECT 'job', new.job_id, json_object(
        'kind', new.kind, 'title', new.title, 'status', new.status, 'preview', new.preview,
        'trigger', new.trigger, 'total_items', new.total_items,
        'processed_items', coalesce(new.processed_items, 0), 'failed_items', new.failed_items,
        'error', new.error, 'created_at', new.created_at, 'started_at', new.started_at,
        'completed_at', new.completed_at)
    WHERE EXISTS (SELECT 1 FROM event_receivers WHERE enabled = 1);
END;
CREATE TRIGGER file_state_noted AFTER UPDATE OF state ON files
WHEN new.state IN ('conflict', 'failed') AND old.state <> new.state
BEGIN
    INSERT INTO event_outbox (topic, subject, details)
    SELECT CASE new.state WHEN 'conflict' THEN 'conflict' ELSE 'damage' END, new.path,
        json_object('reason', new.reason, 'with', new.conflict_with)
    WHERE EXISTS (SELECT 1 FROM event_receivers WHERE enabled = 1);
END;
CREATE TRIGGER file_damaged_when_added AFTER INSERT ON files
WHEN new.state = 'failed'
BEGIN
    INSERT INTO event_outbox (topic, subject, details)
    SELECT 'damage', new.path, json_object('reason', new.reason)
    WHERE EXISTS (SELECT 1 FROM event_receivers WHERE enabled = 1);
END;
-- Another open match of the group was there before: people have heard of it.
CREATE TRIGGER review_needed AFTER INSERT ON series_matches
WHEN new.state = 'open'
BEGIN
    INSERT INTO event_outbox (topic, subject, details)
    SELECT 'review', new.name, json_object('folder', new.folder)
    WHERE EXISTS (SELECT 1 FROM event_receivers WHERE enabled = 1) AND NOT EXISTS (
        SELECT 1 FROM series_matches WHERE folder = new.folder AND group_key = new.group_key
            AND state = 'open' AND match_id <> new.match_id);
END;
