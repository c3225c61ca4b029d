-- What files look like, and which of them are copies of one comic by that.
CREATE TABLE file_pictures (
    file_id INTEGER PRIMARY KEY REFERENCES files(file_id) ON DELETE CASCADE,
    mtime_ns INTEGER NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    unreadable INTEGER NOT NULL
);

-- Perceptual hashes of sampled pages (page 0 is the cover), found by each third of their 64 bits.
CREATE TABLE page_hashes (
    file_id INTEGER NOT NULL REFERENCES file_pictures(file_id) ON DELETE CASCADE,
    page INTEGER NOT NULL,
    hash INTEGER NOT NULL,
    PRIMARY KEY (file_id, page)
) WITHOUT ROWID;
CREATE INDEX idx_page_hashes_low ON page_hashes((hash & 2097151), file_id);
CREATE INDEX idx_page_hashes_middle ON page_hashes(((hash >> 21) & 2097151), file_id);
CREATE INDEX idx_page_hashes_high ON page_hashes(((hash >> 42) & 4194303), file_id);

-- A group has at least two files that differ in their pages; exact copies of these are with them.
CREATE TABLE near_members (
    file_id INTEGER PRIMARY KEY REFERENCES file_pictures(file_id) ON DELETE CASCADE,
    group_id INTEGER NOT NULL
);
CREATE INDEX idx_near_members_group ON near_members(group_id, file_id);

CREATE TRIGGER pictures_outdated AFTER UPDATE OF fingerprint, size_bytes, mtime_ns ON files
WHEN old.fingerprint IS NOT new.fingerprint OR (new.fingerprint IS NULL
    AND (old.size_bytes <> new.size_bytes OR old.mtime_ns <> new.mtime_ns))
BEGIN
    DELETE FROM file_pictures WHERE file_id = new.file_id;
END;
CREATE TRIGGER near_member_left AFTER DELETE ON near_members BEGIN
    DELETE FROM near_members WHERE group_id = old.group_id AND (
        SELECT count(DISTINCT coalesce(f.fingerprint, f.file_id))
        FROM near_members m JOIN files f USING (file_id) WHERE m.group_id = old.group_id) < 2;
END;
