-- Who sign-in providers say that users are. A name may change there; issuer and subject never do.
CREATE TABLE identities (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    user_id INTEGER NOT NULL REFERENCES users(user_id) ON DELETE CASCADE,
    added_at REAL NOT NULL,
    PRIMARY KEY (issuer, subject)
) WITHOUT ROWID;
CREATE INDEX idx_identities_user ON identities(user_id);
-- Sign-ins that were begun at the provider; what proves that a browser began one is stored hashed only.
CREATE TABLE openid_sign_ins (
    state_hash BLOB PRIMARY KEY,
    browser_hash BLOB NOT NULL,
    begun_at REAL NOT NULL,
    expires_at REAL NOT NULL,
    next_path TEXT NOT NULL,
    redirect_uri TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX idx_openid_sign_ins ON openid_sign_ins(expires_at);
