ALTER TABLE sessions ADD COLUMN endpoint TEXT NOT NULL DEFAULT '';     -- name; empty: whatever the settings say
ALTER TABLE sessions ADD COLUMN system TEXT;                           -- system prompt; NULL: whatever the settings say
ALTER TABLE sessions ADD COLUMN parameters TEXT NOT NULL DEFAULT '{}'; -- as JSON; they beat the endpoint's
