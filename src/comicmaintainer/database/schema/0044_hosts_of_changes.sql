-- The host that wrote the receipt of a change, or else its intent, and whose inodes those are.
-- NULL: there is one host.
ALTER TABLE changes ADD COLUMN host TEXT;
