-- Since when a user may not come in, in whichever way; NULL for users who may.
ALTER TABLE users ADD COLUMN disabled_at REAL;
