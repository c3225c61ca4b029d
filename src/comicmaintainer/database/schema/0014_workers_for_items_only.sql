-- One worker process of a service also watches, runs schedules and does the chores. The others, with
-- `items_only`, run nothing but items.
ALTER TABLE workers ADD COLUMN items_only INTEGER NOT NULL DEFAULT 0;
