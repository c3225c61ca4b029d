-- What the page about the system shows of each host: its release, and how far its clock is ahead.
ALTER TABLE hosts ADD COLUMN version TEXT;
ALTER TABLE hosts ADD COLUMN clock_ahead_s REAL;
