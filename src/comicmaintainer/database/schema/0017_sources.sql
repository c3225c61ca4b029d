-- What sources of metadata have answered. `request` is the resource, the path and the query, without
-- secrets; `answer` is zlib of JSON.
CREATE TABLE source_answers (
    request TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    answer BLOB NOT NULL,
    answered_at REAL NOT NULL
);
CREATE INDEX idx_source_answers_answered_at ON source_answers(answered_at);
-- One row for each request that was made (`spent`), which counts against the limits of its source, or
-- that waits: `at` is when it was made, or when it may be. `request` is NULL once it is answered;
-- until `claimed_until` its `owner` alone makes it. `failures` counts how often it was made in vain.
CREATE TABLE source_turns (
    turn_id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    resource TEXT NOT NULL,
    at REAL NOT NULL,
    spent INTEGER NOT NULL,
    request TEXT,
    owner TEXT,
    claimed_until REAL,
    failures INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX idx_source_turns_request ON source_turns(request) WHERE request IS NOT NULL;
CREATE INDEX idx_source_turns_resource ON source_turns(source, resource, at);
CREATE INDEX idx_source_turns_source ON source_turns(source, at);
CREATE INDEX idx_source_turns_claimed ON source_turns(source, claimed_until)
    WHERE claimed_until IS NOT NULL;
CREATE INDEX idx_source_turns_waiting ON source_turns(source, resource, turn_id)
    WHERE spent = 0;
CREATE INDEX idx_source_turns_slots ON source_turns(source, at) WHERE spent = 0;
-- A source rests after errors, each time for longer. It is stopped while its settings are those
-- that it refused: `stopped_with` is a hash of them.
CREATE TABLE source_states (
    source TEXT PRIMARY KEY,
    requests INTEGER NOT NULL DEFAULT 0,
    rests INTEGER NOT NULL DEFAULT 0,
    rest_until REAL,
    rest_reason TEXT,
    stop_reason TEXT,
    stopped_with TEXT
);
-- What was set on the web page. `secrets` is a JSON object; it is never shown or exported.
CREATE TABLE source_settings (
    source TEXT PRIMARY KEY,
    enabled INTEGER NOT NULL DEFAULT 0,
    address TEXT,
    secrets TEXT NOT NULL DEFAULT '{}',
    changed_at REAL NOT NULL
);
