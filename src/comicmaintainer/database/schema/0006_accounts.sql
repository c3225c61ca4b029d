-- Who may use the service. Passwords, session tokens and keys are stored hashed only.
CREATE TABLE users (
    user_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    password_hash TEXT NOT NULL,
    created_at REAL NOT NULL,
    last_login_at REAL
);
CREATE TABLE sessions (
    token_hash BLOB PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users(user_id) ON DELETE CASCADE,
    created_at REAL NOT NULL,
    expires_at REAL NOT NULL,
    seen_at REAL NOT NULL,
    user_agent TEXT
) WITHOUT ROWID;
CREATE INDEX idx_sessions_expires_at ON sessions(expires_at);
CREATE INDEX idx_sessions_user ON sessions(user_id);
CREATE TABLE api_keys (
    key_hash BLOB PRIMARY KEY,
    name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    created_at REAL NOT NULL,
    used_at REAL
) WITHOUT ROWID;
-- Attempts to sign in that have not succeeded; a source is an address or a name.
CREATE TABLE login_failures (
    source TEXT NOT NULL,
    failed_at REAL NOT NULL
);
CREATE INDEX idx_login_failures ON login_failures(source, failed_at);
-- Named values that all processes share: setup token (until used), user's settings (rules, presets), notices.
CREATE TABLE shared_values (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    updated_at REAL NOT NULL
);
