-- What a waiting request asks for, if several can be made together: an id, of which the answer has about
-- `portion_size` rows. `owner` of a request that waits is whoever makes it together with its own.
ALTER TABLE source_turns ADD COLUMN portion TEXT;
ALTER TABLE source_turns ADD COLUMN portion_size INTEGER;
