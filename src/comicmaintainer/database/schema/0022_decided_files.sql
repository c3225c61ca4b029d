-- The files that a decision was made about, or that followed it: it holds for their group wherever
-- they are, whatever their folder and their names have become.
CREATE TABLE decided_files (
    file_id INTEGER PRIMARY KEY REFERENCES files(file_id) ON DELETE CASCADE,
    decision_id INTEGER NOT NULL REFERENCES series_decisions(decision_id) ON DELETE CASCADE
);
CREATE INDEX idx_decided_files_decision ON decided_files(decision_id);

INSERT OR REPLACE INTO decided_files (file_id, decision_id)
SELECT json_extract(file.value, '$.file_id'), decision_id
FROM series_decisions, json_each(series_decisions.answered, '$.matched_files') AS file
WHERE json_extract(file.value, '$.file_id') IN (SELECT file_id FROM files)
ORDER BY decision_id;
