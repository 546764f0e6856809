ALTER TABLE sessions ADD COLUMN title TEXT;      -- what it was renamed to; NULL: the first line of its first prompt
ALTER TABLE sessions ADD COLUMN deleted_at REAL; -- NULL: it is not deleted
