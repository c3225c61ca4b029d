-- What users and keys may do. Everybody had full rights before there were roles, and keeps them.
ALTER TABLE users ADD COLUMN role TEXT NOT NULL DEFAULT 'look'
    CHECK (role IN ('look', 'work', 'administer'));
UPDATE users SET role = 'administer';
-- A key without an owner was made on the command line, or by an earlier version.
ALTER TABLE api_keys ADD COLUMN role TEXT NOT NULL DEFAULT 'look'
    CHECK (role IN ('look', 'work', 'administer'));
UPDATE api_keys SET role = 'administer';
ALTER TABLE api_keys ADD COLUMN user_id INTEGER REFERENCES users(user_id) ON DELETE CASCADE;
CREATE INDEX idx_api_keys_user ON api_keys(user_id);
