-- What was known of the pages of a file when it could last be read; empty while it can be. Pages of
-- a damaged file are taken from copies by it.
ALTER TABLE files ADD COLUMN sound_fingerprint BLOB;
ALTER TABLE files ADD COLUMN sound_page_count INTEGER;
